/// Turns single results of a probe into its state, by its thresholds.
struct ProbeCounter: Sendable, Equatable {
  private let definition: ProbeDefinition
  private(set) var isPassing: Bool
  private var streak: Int64 = 0
  private var lastWasSuccess: Bool?

  /// Readiness and startup begin as failing, liveness as passing.
  init(_ definition: ProbeDefinition) {
    self.definition = definition
    isPassing = definition.kind == .liveness
  }

  /// Takes a result.
  ///
  /// - Returns: whether the probe has now failed or succeeded as often as needed in succession;
  ///   nil while it has not.
  mutating func take(isSuccess: Bool) -> Bool? {
    if lastWasSuccess == isSuccess {
      streak += 1
    } else {
      lastWasSuccess = isSuccess
      streak = 1
    }
    let threshold = isSuccess ? definition.successThreshold : definition.failureThreshold
    guard streak >= threshold else { return nil }
    isPassing = isSuccess
    return isSuccess
  }
}
