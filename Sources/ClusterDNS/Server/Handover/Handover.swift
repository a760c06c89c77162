/// What this process has taken over from its predecessor, which serves until it is told to stop.
package final class Handover: Sendable {
  let sockets: InheritedSockets
  private let channel: HandoverChannel

  private init(sockets: InheritedSockets, channel: HandoverChannel) {
    self.sockets = sockets
    self.channel = channel
  }

  /// Takes over from the process that listens at a path; nil if none does.
  ///
  /// - Throws: ``SystemError`` if there is one, but it does not answer as one should.
  package static func take(from path: String) throws(SystemError) -> Handover? {
    guard let channel = try HandoverChannel.connect(path, timeout: ServerLimits.handoverTimeout)
    else { return nil }
    try channel.send(.request)
    var taken: [HandedSocket] = []
    var isComplete = false
    // Owned from here on, so that nothing stays open if the conversation breaks off.
    defer { if !isComplete { _ = InheritedSockets(taken) } }
    while let (message, descriptor) = try channel.receive() {
      switch (message, descriptor) {
      case (.socket(let role, let address), .some(let descriptor)):
        taken.append(HandedSocket(role: role, address: address, descriptor: descriptor))
      case (.end, nil):
        isComplete = true
        return Handover(sockets: InheritedSockets(taken), channel: channel)
      case (_, let descriptor):
        if let descriptor { SystemCalls.close(descriptor) }
        return nil
      }
    }
    return nil  // It ended just now: there is nothing to take.
  }

  /// Tells the predecessor to stop, since this process serves, and returns once it accepts no more
  /// connections: two processes that accept from one socket would take them from each other.
  ///
  /// A predecessor that is gone, or does not answer in time, accepts none either.
  package func confirm() async {
    await withCheckedContinuation { continuation in
      // Blocks, so not on a thread that tasks share.
      ThreadStart { [channel] in
        do throws(SystemError) {
          try channel.send(.serving)
          _ = try channel.receive()
        } catch {}  // It may have gone by itself; then there is nobody to tell.
        continuation.resume()
      }.launch()
    }
  }
}
