import Testing

/// What every `ObjectStore` promises. Each test runs on every implementation.
@Suite(.timeLimit(.minutes(2)))
enum ObjectStoreContract {}
