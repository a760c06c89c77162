import JSONTree
import KubernetesAPI

/// meta/v1 Status of a request that succeeded and has no object to show.
func successStatus(_ resource: ResourceType, name: String, uid: String = "") -> JSON {
  var details: JSONObject = ["name": .string(name), "kind": .string(resource.plural)]
  details["group"] = JSON(nonEmpty: resource.group)
  details["uid"] = JSON(nonEmpty: uid)
  return [
    "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success",
    "details": .object(details),
  ]
}
