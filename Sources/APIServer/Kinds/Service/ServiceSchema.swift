import JSONTree

// Types of the Service API.

extension ObjectSchema {
  static let servicePort = ObjectSchema(
    "io.k8s.api.core.v1.ServicePort", "One port of a Service."
  ) {
    Field(
      "appProtocol", .string,
      "What is spoken on the port, so that proxies may do more than pass bytes: an IANA service "
        + "name, or a prefixed name such as kubernetes.io/h2c, kubernetes.io/ws or "
        + "kubernetes.io/wss.", empty: .kept)
    Field(
      "name", .string,
      "Name of the port, a DNS label unique within the Service. A Service with one port may leave "
        + "it out. The ports of endpoints carry the same name, and so does the SRV record.")
    Field(
      "nodePort", .int32,
      "Port on every node that leads to this port, for the types NodePort and LoadBalancer. Taken "
        + "as asked for where it is in range and free, otherwise chosen by the server.",
      empty: .dropped)
    Field("port", .int32, "Port at which the Service is reached.", required: true)
    Field(
      "protocol", .string, "Transport protocol of the port.", default: "TCP",
      enum: ["SCTP", "TCP", "UDP"], goType: "v1.Protocol")
    Field(
      "targetPort", .intOrString,
      "Port of the Pods, as a number or as the name of a container port. The same as port where "
        + "it is left out.")
  }

  static let clientIPConfig = ObjectSchema(
    "io.k8s.api.core.v1.ClientIPConfig", "How long a client address sticks to an endpoint."
  ) {
    Field(
      "timeoutSeconds", .int32,
      "Seconds since the client's last connection, more than 0 and at most 86400 (a day). 10800 "
        + "(three hours) where it is left out.")
  }

  static let sessionAffinityConfig = ObjectSchema(
    "io.k8s.api.core.v1.SessionAffinityConfig", "Settings of a Service's session affinity."
  ) {
    Field("clientIP", .object(.clientIPConfig), "Settings of the affinity ClientIP.")
  }

  static let serviceSpec = ObjectSchema(
    "io.k8s.api.core.v1.ServiceSpec", "What a Service is to do."
  ) {
    serviceAddressing
    serviceExposure
    Field(
      "ports", .list(.object(.servicePort), .map("port", "protocol")),
      "Ports the Service is reached at.")
    Field(
      "publishNotReadyAddresses", .boolean,
      "Whether endpoints count as ready whatever their Pods say, so that DNS names members of a "
        + "headless Service while they start.", empty: .dropped)
    Field(
      "selector", .stringMap,
      "Labels a Pod must have to be an endpoint. Without a selector the endpoints are made by "
        + "someone else. Not used by the type ExternalName.")
    Field(
      "sessionAffinity", .string,
      "Whether connections of one client address go to the same endpoint (ClientIP) or to any "
        + "(None, the default).", enum: ["ClientIP", "None"], goType: "v1.ServiceAffinity")
    Field(
      "sessionAffinityConfig", .object(.sessionAffinityConfig),
      "Settings of the session affinity.")
    Field(
      "trafficDistribution", .string,
      "Which endpoints to prefer: those in the client's zone (PreferSameZone, or by its older "
        + "name PreferClose) or on its node (PreferSameNode). No preference where it is left out.",
      empty: .kept)
    Field(
      "type", .string,
      "How the Service is exposed: at a virtual address within the cluster (ClusterIP, the "
        + "default), on a port of every node beside that (NodePort), at a load balancer beside "
        + "both (LoadBalancer), or only as a DNS alias of another name (ExternalName).",
      enum: ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"], goType: "v1.ServiceType")
  }

  /// The virtual addresses and their families.
  @FieldsBuilder private static var serviceAddressing: [Field] {
    Field(
      "clusterIP", .string,
      "The virtual address: chosen by the server where it is left out, None for a headless "
        + "Service, which has no virtual address and whose DNS name leads to the Pods. The same "
        + "as the first of clusterIPs.")
    Field(
      "clusterIPs", .list(.string, .atomic),
      "The virtual addresses, at most one of each family, the first that of ipFamilies first.")
    Field(
      "ipFamilies", .list(.string, .atomic),
      "Families of the virtual addresses, IPv4 and IPv6, in order. The first cannot change once "
        + "it is set; a second can be added and taken away.", goType: "[]v1.IPFamily")
    Field(
      "ipFamilyPolicy", .string,
      "Whether the Service has one family (SingleStack), two where the cluster has two "
        + "(PreferDualStack), or two without fail (RequireDualStack).",
      enum: ["PreferDualStack", "RequireDualStack", "SingleStack"], empty: .kept,
      goType: "v1.IPFamilyPolicy")
  }

  /// How traffic from outside reaches the Service.
  @FieldsBuilder private static var serviceExposure: [Field] {
    Field(
      "allocateLoadBalancerNodePorts", .boolean,
      "Whether the ports of a LoadBalancer get node ports; true unless it is set to false. Ports "
        + "that ask for a node port get it in any case.")
    Field(
      "externalIPs", .list(.string, .atomic),
      "Addresses beside those Kubernetes manages, traffic to which nodes take for this Service.",
      deprecated: true)
    Field(
      "externalName", .string,
      "The name a Service of the type ExternalName is an alias of, as a DNS subdomain.")
    Field(
      "externalTrafficPolicy", .string,
      "Whether traffic from outside goes to any endpoint (Cluster) or only to endpoints on the "
        + "node that received it, which keeps the client's address (Local).",
      enum: ["Cluster", "Local"], goType: "v1.ServiceExternalTrafficPolicy")
    Field(
      "healthCheckNodePort", .int32,
      "Port on every node that tells load balancers if the node has endpoints, for the type "
        + "LoadBalancer with the externalTrafficPolicy Local. Chosen by the server where it is "
        + "left out; cannot change.", empty: .dropped)
    Field(
      "internalTrafficPolicy", .string,
      "Whether traffic from within the cluster goes to any endpoint (Cluster) or only to "
        + "endpoints on the client's node (Local).", enum: ["Cluster", "Local"], empty: .kept,
      goType: "v1.ServiceInternalTrafficPolicy")
    Field(
      "loadBalancerClass", .string,
      "Which implementation of load balancers is to serve the Service, as a qualified name. Only "
        + "for the type LoadBalancer; cannot change while the type stays.", empty: .kept)
    Field(
      "loadBalancerIP", .string,
      "The address a load balancer should take, where its implementation knows this member.",
      deprecated: true)
    Field(
      "loadBalancerSourceRanges", .list(.string, .atomic),
      "Ranges of client addresses a load balancer lets in, where its implementation can tell.")
  }

  // MARK: Status

  static let portStatus = ObjectSchema(
    "io.k8s.api.core.v1.PortStatus", "What became of one port of a load balancer."
  ) {
    Field("error", .string, "Why the port does not work, in one CamelCase word.", empty: .kept)
    Field("port", .int32, "The port of the Service.", required: true)
    Field(
      "protocol", .string, "Transport protocol of the port.", required: true,
      enum: ["SCTP", "TCP", "UDP"], goType: "v1.Protocol")
  }

  static let loadBalancerIngress = ObjectSchema(
    "io.k8s.api.core.v1.LoadBalancerIngress", "One way in through a load balancer."
  ) {
    Field("hostname", .string, "Name of the load balancer, if it has a name.")
    Field("ip", .string, "Address of the load balancer, if it has an address.")
    Field(
      "ipMode", .string,
      "Whether packets arrive at the node with the address as their destination (VIP), or with "
        + "that of the node or the Pod (Proxy).", empty: .kept, goType: "v1.LoadBalancerIPMode")
    Field(
      "ports", .list(.object(.portStatus), .atomic),
      "What became of the ports; where it is there, it lists every port.")
  }

  static let loadBalancerStatus = ObjectSchema(
    "io.k8s.api.core.v1.LoadBalancerStatus", "State of a load balancer."
  ) {
    Field(
      "ingress", .list(.object(.loadBalancerIngress), .atomic),
      "The ways in; none while the load balancer is being set up.")
  }

  static let serviceStatus = ObjectSchema(
    "io.k8s.api.core.v1.ServiceStatus", "Current state of a Service."
  ) {
    Field("conditions", .list(.object(.condition), .map("type")), "Aspects of the state.")
    Field(
      "loadBalancer", .object(.loadBalancerStatus),
      "State of the load balancer, if the Service has one.")
  }

  static let service = kind(
    "io.k8s.api.core.v1.Service",
    "A name, and mostly an address, for a set of Pods or for something outside of the cluster."
  ) {
    Field("spec", .object(.serviceSpec), "What the Service is to do.")
    Field("status", .object(.serviceStatus), "Current state, written by the system.")
  }
}
