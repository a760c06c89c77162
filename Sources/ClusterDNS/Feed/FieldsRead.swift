import JSONTree

/// What names are made of. Everything else of a listed object, most of its bytes, is passed over
/// unread: at 150 000 endpoints that is the larger part of the time to the first answer.
enum FieldsRead {
  private static let metadata = JSONFields(
    "name", "namespace", "uid", "resourceVersion", "labels", "annotations")

  static let service = JSONFields([
    ("metadata", metadata),
    (
      "spec",
      JSONFields([
        ("type", nil), ("clusterIP", nil), ("clusterIPs", nil), ("externalName", nil),
        ("ports", JSONFields("name", "protocol", "port")), ("publishNotReadyAddresses", nil),
      ])
    ),
  ])

  static let endpointSlice = JSONFields([
    ("metadata", metadata), ("addressType", nil),
    (
      "endpoints",
      JSONFields([("addresses", nil), ("conditions", JSONFields("ready")), ("hostname", nil)])
    ),
    ("ports", JSONFields("name", "protocol", "port")),
  ])

  static let pod = JSONFields([
    (
      "metadata",
      JSONFields("name", "namespace", "uid", "resourceVersion", "deletionTimestamp")
    ),
    (
      "spec", JSONFields("nodeName", "hostname", "subdomain", "hostNetwork")
    ),
    (
      "status",
      JSONFields([("phase", nil), ("podIP", nil), ("podIPs", JSONFields("ip"))])
    ),
  ])

  static let namespace = JSONFields([("metadata", metadata)])
}
