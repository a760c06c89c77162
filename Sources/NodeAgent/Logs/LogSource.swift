import JSONTree

/// Which attempt of a container a log is of, and what the kubelet says where there is none.
struct LogSource: Sendable, Equatable {
  /// Among the attempts of the container.
  var attempt: Int64

  /// - Parameters:
  ///   - status: the Pod's, as it is now.
  ///   - isPrevious: the attempt before the one that runs.
  /// - Throws: `AgentProblem` with 400.
  init(
    _ container: String, ofPod pod: String, status: JSON, isPrevious: Bool
  ) throws(AgentProblem) {
    let lists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]
    let statuses = lists.flatMap { status[$0]?.array ?? [] }
    let subject = "container \"\(container)\" in pod \"\(pod)\""
    guard let found = statuses.first(where: { $0["name"]?.string == container }) else {
      throw AgentProblem(400, "\(subject) is not available")
    }
    let last = found[path: "lastState", "terminated"]
    let state = found["state"]
    func attempt(_ source: JSON?) throws(AgentProblem) -> Int64 {
      guard let id = source?["containerID"]?.string,
        let number = id.split(separator: ".").last.flatMap({ Int64($0) })
      else { throw AgentProblem(400, "\(subject) is terminated") }
      return number
    }
    if isPrevious {
      guard let last, last["containerID"]?.string?.isEmpty == false else {
        throw AgentProblem(400, "previous terminated \(subject) not found")
      }
      self.attempt = try attempt(last)
    } else if state?["running"] != nil {
      self.attempt = try attempt(found)
    } else if let ended = state?["terminated"] {
      self.attempt = try attempt(ended["containerID"]?.string?.isEmpty == false ? ended : last)
    } else if let last {
      self.attempt = try attempt(last)
    } else {
      switch state?[path: "waiting", "reason"]?.string {
      case "ErrImagePull":
        throw AgentProblem(400, "\(subject) is waiting to start: image can't be pulled")
      case "ImagePullBackOff":
        throw AgentProblem(
          400, "\(subject) is waiting to start: trying and failing to pull image")
      case let reason?: throw AgentProblem(400, "\(subject) is waiting to start: \(reason)")
      case nil: throw AgentProblem(400, "\(subject) is waiting to start - no logs yet")
      }
    }
  }
}

/// A request the agent does not serve, in the words of the kubelet.
struct AgentProblem: Error, Equatable {
  /// HTTP status code.
  var code: Int
  var message: String

  init(_ code: Int, _ message: String) {
    self.code = code
    self.message = message
  }
}
