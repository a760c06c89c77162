import NIOCore
import NIOHTTP2

/// One client connection: who is at the other end, and what is under way on it.
///
/// Belongs to the connection's event loop, on which all members are called.
final class HTTPConnection {
  enum Version { case http1, http2 }

  let channel: any Channel
  let version: Version
  private var requests = 0
  private(set) var isDraining = false

  init(_ channel: any Channel, version: Version) {
    self.channel = channel
    self.version = version
  }

  func requestBegan() { requests += 1 }

  func requestEnded() {
    requests -= 1
    if isDraining, requests == 0 { channel.close(promise: nil) }
  }

  /// Takes no more requests and closes after the last one under way.
  func drain() {
    isDraining = true
    if requests == 0 {
      channel.close(promise: nil)
    } else if version == .http2 {
      let farewell = HTTP2Frame(
        streamID: .rootStream,
        payload: .goAway(lastStreamID: .maxID, errorCode: .noError, opaqueData: nil))
      channel.writeAndFlush(farewell, promise: nil)
    }
  }
}
