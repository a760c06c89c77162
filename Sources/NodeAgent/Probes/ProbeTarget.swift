import AsyncHTTPClient
import Glibc
import JSONTree
import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOSSL

/// What a probe found.
enum ProbeResult: Sendable, Equatable {
  case success
  case failure(String)
}

/// Asks a container how it is, over the network (probes by exec go through its sandbox).
struct ProbeTarget: Sendable {
  let http: HTTPClient
  /// The Pod's first address; the Node's own for a Pod on its network.
  let address: IPAddress
  let container: ContainerDefinition

  /// A client for probes: each on a connection of its own, certificates not verified.
  static func makeClient() -> HTTPClient {
    var configuration = HTTPClient.Configuration()
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.certificateVerification = .none
    configuration.tlsConfiguration = tls
    configuration.maximumUsesPerConnection = 1
    configuration.redirectConfiguration = .follow(max: 10, allowCycles: false)
    return HTTPClient(configuration: configuration)
  }

  /// Nil for an action of another kind.
  func check(_ action: JSON, timeout: Duration) async -> ProbeResult? {
    if let get = action["httpGet"] { return await httpGet(get, timeout) }
    if let tcp = action["tcpSocket"] { return await connect(tcp, timeout) }
    if let grpc = action["grpc"] { return await health(grpc, timeout) }
    return nil
  }

  /// A port by number, or by the name one of the container's ports has.
  func port(_ json: JSON?) -> Int? {
    switch IntOrString(json: json) {
    case .integer(let number): return Int(number)
    case .string(let name):
      let named = container.json["ports"]?.array?.first { $0["name"]?.string == name }
      return named?["containerPort"]?.integer.map { Int($0) } ?? Int(name)
    case nil: return nil
    }
  }

  private func host(_ action: JSON) -> String {
    let given = action["host"]?.string ?? ""
    return given.isEmpty ? address.description : given
  }

  // MARK: HTTP

  private func httpGet(_ action: JSON, _ timeout: Duration) async -> ProbeResult {
    guard let port = port(action["port"]) else { return .failure("couldn't find the port") }
    let host = host(action)
    let scheme = (action["scheme"]?.string ?? "HTTP").lowercased()
    let bracketed = host.contains(":") ? "[\(host)]" : host
    var path = action["path"]?.string ?? "/"
    if !path.hasPrefix("/") { path = "/" + path }
    let url = "\(scheme)://\(bracketed):\(port)\(path)"
    var request = HTTPClientRequest(url: url)
    request.headers.add(name: "user-agent", value: "kube-probe/1.33")
    request.headers.add(name: "accept", value: "*/*")
    for header in action["httpHeaders"]?.array ?? [] {
      let name = header["name"]?.string ?? ""
      request.headers.replaceOrAdd(name: name, value: header["value"]?.string ?? "")
    }
    do {
      let response = try await http.execute(request, timeout: .nanoseconds(timeout.nanoseconds))
      let status = response.status.code
      return (200..<400).contains(status)
        ? .success : .failure("HTTP probe failed with statuscode: \(status)")
    } catch {
      return .failure("Get \"\(url)\": \(error)")
    }
  }

  // MARK: TCP

  private func connect(_ action: JSON, _ timeout: Duration) async -> ProbeResult {
    guard let port = port(action["port"]).flatMap({ UInt16(exactly: $0) }) else {
      return .failure("couldn't find the port")
    }
    let host = host(action)
    guard let target = IPAddress(host) else { return .failure("dial tcp: lookup \(host)") }
    do {
      let descriptor = try await TCPConnection.open(target, port, timeout: timeout)
      close(descriptor)
      return .success
    } catch {
      return .failure("dial tcp \(host):\(port): \(error)")
    }
  }

  // MARK: gRPC

  private func health(_ action: JSON, _ timeout: Duration) async -> ProbeResult {
    guard let port = port(action["port"]).flatMap({ UInt16(exactly: $0) }) else {
      return .failure("couldn't find the port")
    }
    let service = action["service"]?.string ?? ""
    let address = address
    do {
      let descriptor = try await TCPConnection.open(address, port, timeout: timeout)
      return try await BlockingThread.run {
        defer { close(descriptor) }
        return try HealthCheck.run(
          descriptor, service: service, authority: "\(address):\(port)", timeout: timeout)
      }
    } catch {
      return .failure("timeout: failed to connect service \"\(address):\(port)\": \(error)")
    }
  }
}

extension Duration {
  /// Whole nanoseconds, clamped.
  var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? .max : whole + attoseconds / 1_000_000_000
  }
}
