import JSONTree

extension ObjectSchema {
  static let podStatus = ObjectSchema(
    "io.k8s.api.core.v1.PodStatus",
    "Observed state of a Pod."
  ) {
    Field(
      "allocatedResources", .map(.quantity), "Resources the node has set aside for the whole Pod.",
      goType: "v1.ResourceList")
    Field(
      "conditions", .list(.object(.podCondition), .map("type")),
      "Aspects of the state, Ready first of all.")
    Field("containerStatuses", .list(.object(.containerStatus)), "State of each container.")
    Field(
      "ephemeralContainerStatuses", .list(.object(.containerStatus)),
      "State of each ephemeral container.")
    Field(
      "extendedResourceClaimStatus", .object(.podExtendedResourceClaimStatus),
      "The claim made for extended resources backed by devices.")
    Field("hostIP", .string, "Address of the node.")
    Field(
      "hostIPs", .list(.object(.hostIP), ListSemantics(kind: .atomic, patchMergeKey: "ip")),
      "Addresses of the node; the first equals hostIP.")
    Field(
      "initContainerStatuses", .list(.object(.containerStatus)), "State of each init container.")
    Field("message", .string, "Why the Pod is in this state, for people.")
    Field(
      "nodeAllocatableResourceClaimStatuses", .list(.object(.nodeAllocatableResourceClaimStatus)),
      "Claims that also use up allocatable resources of the node.")
    Field("nominatedNodeName", .string, "Node on which room is being made for the Pod.")
    Field(
      "observedGeneration", .int64, "Generation of the Pod this status is about.", empty: .dropped)
    Field(
      "phase", .string, "Pending, Running, Succeeded, Failed or Unknown.",
      enum: ["Pending", "Running", "Succeeded", "Failed", "Unknown"], goType: "v1.PodPhase")
    Field("podIP", .string, "Address of the Pod.")
    Field(
      "podIPs", .list(.object(.podIP), .map("ip")),
      "Addresses of the Pod, at most one of each family; the first equals podIP.")
    Field(
      "qosClass", .string,
      "Guaranteed, Burstable or BestEffort, from the resources of the containers.",
      enum: ["Guaranteed", "Burstable", "BestEffort"], goType: "v1.PodQOSClass")
    Field("reason", .string, "Why the Pod is in this state, such as Evicted.")
    Field(
      "resize", .string, "State of a change of resources. Superseded by conditions.",
      deprecated: true, goType: "v1.PodResizeStatus")
    Field(
      "resourceClaimStatuses",
      .list(.object(.podResourceClaimStatus), .map("name", retainsKeys: true)),
      "Claims made from templates for this Pod.")
    Field("resources", .object(.resourceRequirements), "Resources in force for the whole Pod.")
    Field("startTime", .time, "When the node took the Pod on.")
  }

  static let podCondition = ObjectSchema(
    "io.k8s.api.core.v1.PodCondition",
    "One aspect of a Pod's state."
  ) {
    Field("lastProbeTime", .time, "When the condition was last checked.")
    Field("lastTransitionTime", .time, "When the status last changed.")
    Field("message", .string, "Details for people.")
    Field(
      "observedGeneration", .int64, "Generation of the Pod the condition is about.", empty: .dropped
    )
    Field("reason", .string, "Why the status last changed, as one CamelCase word.")
    Field(
      "status", .string, "True, False or Unknown.", required: true, default: "",
      goType: "v1.ConditionStatus")
    Field(
      "type", .string, "Which aspect it is, such as Ready or PodScheduled.", required: true,
      default: "", goType: "v1.PodConditionType")
  }

  static let hostIP = ObjectSchema(
    "io.k8s.api.core.v1.HostIP",
    "An address of a node."
  ) {
    Field("ip", .string, "The address.", required: true, default: "")
  }

  static let podIP = ObjectSchema(
    "io.k8s.api.core.v1.PodIP",
    "An address of a Pod."
  ) {
    Field("ip", .string, "The address.", required: true, default: "")
  }

  static let podResourceClaimStatus = ObjectSchema(
    "io.k8s.api.core.v1.PodResourceClaimStatus",
    "The claim made for one entry of spec.resourceClaims."
  ) {
    Field("name", .string, "Name of the entry.", required: true, default: "")
    Field(
      "resourceClaimName", .string, "Name of the claim that was made; unset if none was needed.",
      empty: .kept)
  }

  static let podExtendedResourceClaimStatus = ObjectSchema(
    "io.k8s.api.core.v1.PodExtendedResourceClaimStatus",
    "The claim made for extended resources of a Pod."
  ) {
    Field(
      "requestMappings", .list(.object(.containerExtendedResourceRequest)),
      "Which request of the claim stands for which resource of which container.", required: true)
    Field("resourceClaimName", .string, "Name of the claim.", required: true, default: "")
  }

  static let containerExtendedResourceRequest = ObjectSchema(
    "io.k8s.api.core.v1.ContainerExtendedResourceRequest",
    "A request of a claim that stands for an extended resource."
  ) {
    Field(
      "containerName", .string, "Container that asks for the resource.", required: true, default: ""
    )
    Field("requestName", .string, "Request of the claim.", required: true, default: "")
    Field("resourceName", .string, "The extended resource.", required: true, default: "")
  }

  static let nodeAllocatableResourceClaimStatus = ObjectSchema(
    "io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus",
    "A claim that also uses up allocatable resources of the node."
  ) {
    Field("containers", .list(.string, .set), "Containers that use the claim.")
    Field("resourceClaimName", .string, "Name of the claim.", required: true, default: "")
    Field("resources", .map(.quantity), "What it uses up.", required: true)
  }
}
