import ArgumentParser
import ClusterDNS
import DNSMessage
import Foundation
import KubernetesAPI

/// What one Service and one endpoint cost in memory.
///
/// Bytes that are allocated, of the index and of what it is built from, as the C library counts
/// them: without the process's own, without what informers and the kernel need.
struct FootprintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "footprint", abstract: "Measures the bytes of a Service and of an endpoint.")

  @Option(help: "Services of each kind.")
  var services = 10_000

  @Option(help: "Endpoints of each Service, where there are any.")
  var endpoints = 15

  /// A kind of cluster.
  private struct Kind {
    var isHeadless = false
    var hasHostnames = false
    var hasEndpoints = false
    var pods = false
  }

  func run() throws {
    let figures = Figures()
    let service = try bytes(Kind())
    let endpoint = try bytes(Kind(hasEndpoints: true)) - service
    let headless = try bytes(Kind(isHeadless: true))
    let named =
      try bytes(Kind(isHeadless: true, hasHostnames: true, hasEndpoints: true)) - headless
    let pod = try bytes(Kind(pods: true)) - service
    let each = Double(services)
    let all = each * Double(endpoints)
    figures.line("memory", "a Service with an address and a port", service / each, "bytes")
    figures.line("memory", "a headless Service", headless / each, "bytes")
    figures.line("memory", "an endpoint", endpoint / all, "bytes")
    figures.line("memory", "a headless endpoint with a hostname", named / all, "bytes")
    figures.line("memory", "a Pod, with --autopath", pod / all, "bytes")
  }

  /// Allocated by a zone of so many Services.
  private func bytes(_ kind: Kind) throws -> Double {
    var configuration = ZoneConfiguration(domain: ZoneConfiguration.defaultDomain)
    configuration.knowsAskers = kind.pods
    let before = Self.allocated
    let feed = ZoneFeed(configuration, hashSeed: 1)
    // A part at a time, as lists are told: then nothing else is kept.
    for start in stride(from: 0, to: services, by: 100) {
      for number in start..<min(start + 100, services) { feed.apply(changes(kind, number)) }
    }
    feed.markSynced()
    let after = Self.allocated
    return withExtendedLifetime(feed) { Double(after - before) }
  }

  private func changes(_ kind: Kind, _ number: Int) -> [ZoneChange] {
    let (name, namespace) = ("service-\(number)", "team-\(number % 100)")
    var service = Service(metadata: ObjectMeta(name: name, namespace: namespace))
    service.clusterIPs =
      kind.isHeadless ? ["None"] : ["10.96.\(number / 250 % 250).\(1 + number % 250)"]
    service.ports = [Service.Port(name: "http", transport: .tcp, port: 80)]
    var changes: [ZoneChange] = [.service(service)]
    let addresses = (0..<endpoints).map { endpoint in
      let host = number * endpoints + endpoint
      return "10.\(128 + host / 62_500).\(host / 250 % 250).\(1 + host % 250)"
    }
    if kind.hasEndpoints {
      var slice = EndpointSlice(
        metadata: ObjectMeta(
          name: "\(name)-abcde", namespace: namespace,
          labels: [EndpointSlice.serviceNameLabel: name]),
        addressType: .ipv4)
      slice.ports = [EndpointSlice.Port(name: "http", transport: .tcp, port: 8080)]
      slice.endpoints = addresses.enumerated().map { index, address in
        var endpoint = EndpointSlice.Endpoint(addresses: [address], ready: true)
        if kind.hasHostnames { endpoint.hostname = "\(name)-\(index)" }
        return endpoint
      }
      changes.append(.slice(slice))
    }
    if kind.pods {
      changes += addresses.enumerated().map { index, address in
        var pod = Pod(metadata: ObjectMeta(name: "\(name)-\(index)", namespace: namespace))
        pod.phase = .running
        pod.podIPs = [address]
        return .pod(PodRecord(pod))
      }
    }
    return changes
  }

  /// Bytes that are allocated, as malloc_info(3) tells.
  private static var allocated: Int {
    typealias Describe = @convention(c) (Int32, UnsafeMutablePointer<FILE>) -> Int32
    var text: UnsafeMutablePointer<CChar>?
    var size = 0
    guard let symbol = dlsym(nil, "malloc_info"), let stream = open_memstream(&text, &size) else {
      return 0
    }
    // The C library's own function of that type.
    _ = unsafeBitCast(symbol, to: Describe.self)(0, stream)
    fclose(stream)
    guard let text else { return 0 }
    defer { free(text) }
    let lines = String(cString: text).split(separator: "\n")
    // Those of all arenas together are the last of their kind.
    func total(_ kind: String) -> Int {
      let line = lines.last { $0.contains(kind) }
      return line?.split(separator: "\"").last { $0.allSatisfy(\.isNumber) }.flatMap { Int($0) }
        ?? 0
    }
    return total("<system type=\"current\"") - total("<total type=\"fast\"")
      - total("<total type=\"rest\"") + total("<total type=\"mmap\"")
  }
}
