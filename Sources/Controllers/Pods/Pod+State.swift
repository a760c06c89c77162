package import KubernetesAPI

extension Pod {
  /// Whether the Pod runs or is going to.
  package var isActive: Bool { !isTerminal && !metadata.isBeingDeleted }

  package var isRunningAndReady: Bool { phase == .running && isReady }

  /// How long until the Pod has been ready for some seconds without a break; zero when it has,
  /// nil while it is not ready.
  package func timeToAvailability(after seconds: Int, now: Timestamp) -> Duration? {
    guard isReady else { return nil }
    guard seconds > 0 else { return .zero }
    guard let since = readyTransitionTime else { return nil }
    return .seconds(max(0, since.seconds + Int64(seconds) - now.seconds))
  }

  package func isAvailable(after seconds: Int, now: Timestamp) -> Bool {
    timeToAvailability(after: seconds, now: now) == .zero
  }
}

extension Sequence<Pod> {
  /// How long until the next of them becomes available; nil if none is about to.
  package func nextAvailability(after seconds: Int, now: Timestamp) -> Duration? {
    compactMap { $0.timeToAvailability(after: seconds, now: now) }.filter { $0 > .zero }.min()
  }
}
