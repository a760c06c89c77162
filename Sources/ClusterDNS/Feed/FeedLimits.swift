import KubernetesClient

/// The times by which the cluster is followed.
enum FeedLimits {
  /// How long to wait before the API server is tried again. Short, because a server that is back
  /// is to be heard within a second, and cheap, because a few replicas ask.
  static let backoff = Backoff.Policy(
    initial: .milliseconds(100), maximum: .milliseconds(500), forgetAfter: .seconds(30))
  /// Between attempts at resources a server may lack or deny.
  static let optionalRetry = Duration.seconds(30)
  /// How often the age of the view is told anew: it is told in seconds.
  static let ageInterval = Duration.seconds(1)
  /// At most so often is the snapshot written: some megabytes in a cluster of 10 000 Services.
  static let saveInterval = Duration.seconds(10)
}
