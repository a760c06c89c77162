import ArgumentParser
import KubernetesAPI

/// `HOST:PORT` as options take it: `127.0.0.1:6443`, `[::1]:10053`, `:53` for every address.
struct ListenAddress: ExpressibleByArgument, Equatable, CustomStringConvertible {
  /// An IP address as text, or `localhost`.
  var host: String
  /// 0 takes a free port.
  var port: UInt16

  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":"),
      let port = UInt16(argument[argument.index(after: colon)...])
    else { return nil }
    var host = String(argument[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
      guard IPAddress(host)?.family == .v6 else { return nil }
    } else if host.contains(":") {
      return nil  // Which colon begins the port?
    }
    if host.isEmpty { host = "0.0.0.0" }
    if host == "localhost" { host = "127.0.0.1" }
    guard IPAddress(host) != nil else { return nil }
    self.init(host: host, port: port)
  }

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  var defaultValueDescription: String { description }
}
