import DNSMessage
import NIOCore

/// Why an upstream gave no response.
enum ExchangeFailure: Error, Hashable {
  case timedOut
  /// No connection, or the kernel said that nobody listens there.
  case unreachable
  /// The connection ended before the response.
  case closed
  /// The response was cut: to be asked again over TCP.
  case truncated
  /// The response does not keep the case of the name: to be asked again over TCP, where nobody can
  /// guess.
  case otherCase
  /// Many messages arrive that are not the response: to be asked again over TCP, too.
  case suspicious
  case malformed
}

/// How one query travels.
enum Carrier: Hashable, Sendable {
  case datagram
  /// TCP, or TLS where the upstream has it.
  case stream
}

/// Sends queries and brings responses. Used on one event loop; completions are called there, once
/// each.
protocol UpstreamTransport: AnyObject {
  typealias Completion = (Result<Message, ExchangeFailure>) -> Void

  func exchange(
    _ query: UpstreamQuery, with upstream: Upstream, over carrier: Carrier, timeout: TimeAmount,
    completion: @escaping Completion)

  /// Closes what is open. What is under way fails.
  func close()
}
