import Glibc
import KubernetesClient
import NIOCore
import NIOPosix
import Synchronization

/// Carries bytes between a client's streams and the pipes or the terminal of a program, in each
/// direction no faster than they are taken.
struct CommandPumps: Sendable {
  /// Descriptors of ours, each owned by the pump that gets it; -1 for none.
  struct Ends: Sendable {
    var input: Int32 = -1
    var output: Int32 = -1
    var error: Int32 = -1

    func close() {
      for descriptor in [input, output, error] where descriptor >= 0 { Glibc.close(descriptor) }
    }
  }

  private let streams: any CommandStreams
  private let time: TimeSource
  private let activity = Activity()

  /// How long outputs that others still hold open may be silent once the program has ended. What
  /// the program wrote is in them by then, and is taken at once.
  private static let silence = Duration.milliseconds(250)

  init(_ streams: any CommandStreams, time: TimeSource) {
    self.streams = streams
    self.time = time
  }

  /// Carries until all outputs have ended, or `ended` returns and they are silent.
  ///
  /// - Parameters:
  ///   - ended: returns when the program has ended; nil to go by the outputs alone.
  func run(_ ends: Ends, ended: (@Sendable () async -> Void)?) async {
    let outputs = Task {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await carry(ends.output, to: .output) }
        group.addTask { await carry(ends.error, to: .error) }
      }
    }
    let input = Task { await feed(ends.input) }
    await withTaskCancellationHandler {
      if let ended {
        let silence = Task {
          await ended()
          await waitForSilence()
          outputs.cancel()
        }
        // Not before the end: a program may close its outputs and go on.
        await silence.value
      }
      await outputs.value
    } onCancel: {
      outputs.cancel()
    }
    input.cancel()
    streams.input.abandon()
    await input.value
  }

  private func waitForSilence() async {
    // What it wrote last may have come this moment.
    activity.programEnded(time.uptime())
    while !Task.isCancelled, !activity.isOver {
      if activity.idleSince(time.uptime()) >= Self.silence { return }
      try? await time.sleep(.milliseconds(20))
    }
  }

  private func carry(_ descriptor: Int32, to output: CommandOutput) async {
    guard descriptor >= 0 else { return }
    activity.pumpBegan(time.uptime())
    defer { activity.pumpEnded() }
    do {
      let channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .takingOwnershipOfDescriptor(input: descriptor) { channel in
          channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel<ByteBuffer, Never>(
              wrappingChannelSynchronously: channel,
              configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
          }
        }
      try await channel.executeThenClose { bytes in
        for try await piece in bytes {
          activity.beganWriting()
          defer { activity.endedWriting(time.uptime()) }
          try await streams.write(piece, to: output)
        }
      }
    } catch {
      // The client is gone, or the terminal has no other end any more (EIO).
    }
  }

  private func feed(_ descriptor: Int32) async {
    guard descriptor >= 0 else { return streams.input.abandon() }
    do {
      let channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .takingOwnershipOfDescriptor(output: descriptor).get()
      while let bytes = await streams.input.next() {
        try await channel.writeAndFlush(bytes).get()
      }
      try await channel.close()
    } catch {
      // The program does not read its input any more.
    }
    streams.input.abandon()
  }
}

/// When outputs last had something.
private final class Activity: Sendable {
  private struct State {
    var pumps = 0
    var writes = 0
    var last = Duration.zero
  }

  private let state = Mutex(State())

  func pumpBegan(_ now: Duration) {
    state.withLock { state in
      state.pumps += 1
      state.last = now
    }
  }

  func programEnded(_ now: Duration) { state.withLock { $0.last = now } }
  func pumpEnded() { state.withLock { $0.pumps -= 1 } }
  func beganWriting() { state.withLock { $0.writes += 1 } }

  func endedWriting(_ now: Duration) {
    state.withLock { state in
      state.writes -= 1
      state.last = now
    }
  }

  var isOver: Bool { state.withLock { $0.pumps == 0 } }

  /// How long nothing has come; zero while a client takes its time with what came.
  func idleSince(_ now: Duration) -> Duration {
    state.withLock { $0.writes > 0 ? .zero : now - $0.last }
  }
}
