import Netlink

/// A network namespace of a test's own.
enum PrivateNetwork {
  /// Whether this process may make one.
  static let isAllowed: Bool = {
    do {
      _ = try NetworkNamespace.make()
      return true
    } catch {
      return false
    }
  }()
}
