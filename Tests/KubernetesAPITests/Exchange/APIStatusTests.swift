import JSONTree
import KubernetesAPI
import Testing

struct APIStatusTests {
  @Test func aStatusComesBackFromItsJSON() {
    let status = APIStatus(
      code: 422, reason: .invalid, message: "no",
      details: .init(
        name: "x", group: "g", kind: "K", uid: "u",
        causes: [.init(reason: "FieldValueRequired", message: "Required value", field: "spec")],
        retryAfterSeconds: 3))
    #expect(APIStatus(json: status.json) == status)
    #expect(APIStatus(json: ["kind": "Pod"]) == nil)
  }

  @Test func namesResourcesAsKubernetesDoes() {
    #expect(
      APIStatus.notFound(EndpointSlice.resource, name: "x").message
        == "endpointslices.discovery.k8s.io \"x\" not found")
    #expect(APIStatus.alreadyExists(Pod.resource, name: "x").code == 409)
    #expect(Pod.resource.path(namespace: "a") == "/api/v1/namespaces/a/pods")
    #expect(EndpointSlice.resource.path() == "/apis/discovery.k8s.io/v1/endpointslices")
    #expect(Node.resource.path(namespace: "a") == "/api/v1/nodes")
  }
}
