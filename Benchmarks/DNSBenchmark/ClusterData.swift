import DNSMessage

/// A cluster's Services and endpoints, made up the same each time: as API objects, as a zone file,
/// and as the queries for every name.
struct ClusterData {
  var clusterServices: Int
  var headlessServices: Int
  /// Endpoints with a hostname of their own, per headless Service.
  var hostnames: Int

  private static let namespaceCount = 20
  static let domain = "cluster.local"

  static var namespaces: [String] { (0..<namespaceCount).map { "team-\($0)" } }

  private func namespace(_ number: Int) -> String { "team-\(number % Self.namespaceCount)" }
  private func clusterAddress(_ number: Int) -> String {
    "10.96.\(4 + number / 250).\(1 + number % 250)"
  }
  private func endpointAddress(_ service: Int, _ endpoint: Int) -> String {
    let number = service * hostnames + endpoint
    return "10.\(128 + number / 62_500).\(number / 250 % 250).\(1 + number % 250)"
  }

  /// Targets of the API with the objects to create there.
  var objects: [(target: String, body: String)] {
    var objects: [(target: String, body: String)] = []
    for name in Self.namespaces {
      objects.append(
        (
          "/api/v1/namespaces",
          #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"\#(name)"}}"#
        ))
    }
    for number in 0..<clusterServices {
      objects.append(service(number, "web-\(number)", clusterIP: clusterAddress(number)))
    }
    for number in 0..<headlessServices {
      objects.append(service(number, "db-\(number)", clusterIP: "None"))
      objects.append(slice(number))
    }
    return objects
  }

  private func service(
    _ number: Int, _ name: String, clusterIP: String
  ) -> (target: String, body: String) {
    (
      "/api/v1/namespaces/\(namespace(number))/services",
      #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"\#(name)","#
        + #""namespace":"\#(namespace(number))"},"#
        + #""spec":{"clusterIP":"\#(clusterIP)","ports":[{"name":"sql","port":5432}]}}"#
    )
  }

  private func slice(_ number: Int) -> (target: String, body: String) {
    let endpoints = (0..<hostnames).map {
      #"{"addresses":["\#(endpointAddress(number, $0))"],"hostname":"db-\#($0)","#
        + #""conditions":{"ready":true}}"#
    }
    return (
      "/apis/discovery.k8s.io/v1/namespaces/\(namespace(number))/endpointslices",
      #"{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","addressType":"IPv4","#
        + #""metadata":{"name":"db-\#(number)-0","namespace":"\#(namespace(number))","#
        + #""labels":{"kubernetes.io/service-name":"db-\#(number)"}},"#
        + #""ports":[{"name":"sql","port":5432}],"endpoints":[\#(endpoints.joined(separator: ","))]}"#
    )
  }

  /// Where the API has the slice of a headless Service.
  func sliceTarget(_ service: Int) -> String {
    "/apis/discovery.k8s.io/v1/namespaces/\(namespace(service))/endpointslices/db-\(service)-0"
  }

  /// The name of an endpoint of a headless Service.
  func hostname(_ endpoint: Int, of service: Int) -> String {
    "db-\(endpoint).db-\(service).\(namespace(service)).svc.\(Self.domain)."
  }

  /// Names with their addresses.
  private func forEachName(_ body: (_ name: String, _ addresses: [String]) -> Void) {
    for number in 0..<clusterServices {
      body(
        "web-\(number).\(namespace(number)).svc.\(Self.domain).", [clusterAddress(number)])
    }
    for number in 0..<headlessServices {
      let name = "db-\(number).\(namespace(number)).svc.\(Self.domain)."
      let addresses = (0..<hostnames).map { endpointAddress(number, $0) }
      body(name, addresses)
      for (index, address) in addresses.enumerated() { body("db-\(index).\(name)", [address]) }
    }
  }

  /// The same names for servers that read zone files.
  func zoneFile() -> String {
    var lines = [
      "$TTL 5",
      "\(Self.domain). SOA ns.dns.\(Self.domain). hostmaster.\(Self.domain). 1 7200 1800 86400 5",
      "\(Self.domain). NS ns.dns.\(Self.domain).", "ns.dns.\(Self.domain). A 127.0.0.1",
    ]
    forEachName { name, addresses in
      for address in addresses { lines.append("\(name) A \(address)") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One query per name for its addresses, as glibc sends it: recursion desired, without EDNS.
  /// In an order that jumps about, the same each time.
  func queries() -> [[UInt8]] {
    var queries: [[UInt8]] = []
    forEachName { name, _ in
      guard let name = DomainName(name) else { return }
      let message = Message(
        id: 0, flags: HeaderFlags(rawValue: HeaderFlags.recursionDesired),
        questions: [Question(name: name, type: .a)])
      if let bytes = try? message.encoded() { queries.append(bytes) }
    }
    var state: UInt64 = 1
    for index in queries.indices.dropFirst() {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      queries.swapAt(index, Int(state >> 33) % (index + 1))
    }
    return queries
  }
}
