import ServiceLifecycle

/// A function that runs until it is cancelled, as a service.
struct RunningService: ServiceLifecycle.Service, CustomStringConvertible {
  let description: String
  private let body: @Sendable () async throws -> Void

  init(_ description: String, _ body: @escaping @Sendable () async throws -> Void) {
    self.description = description
    self.body = body
  }

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      do {
        try await self.body()
      } catch is CancellationError {}  // Being stopped is how it ends.
    }
  }
}

/// Does something when everything that was started after it has stopped.
struct FinalService: ServiceLifecycle.Service, CustomStringConvertible {
  let description: String
  private let body: @Sendable () async -> Void

  init(_ description: String, _ body: @escaping @Sendable () async -> Void) {
    self.description = description
    self.body = body
  }

  func run() async throws {
    try? await gracefulShutdown()  // Cancellation is a way to stop, too.
    await body()
  }
}
