import Synchronization

/// Sequence numbers no two requests of this process share, so that an answer that comes late is
/// never taken for another's.
enum SequenceNumbers {
  private static let next = Atomic<UInt32>(1)

  /// The first of so many successive numbers.
  static func take(_ count: Int) -> UInt32 {
    next.wrappingAdd(UInt32(truncatingIfNeeded: count), ordering: .relaxed).oldValue
  }
}
