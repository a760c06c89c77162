import JSONTree
import Testing

@testable import NodeAgent

struct LogSourceTests {
  private static let subject = #"container "main" in pod "web""#
  private static let id = "rollcall://uid/main."

  private func source(
    _ state: JSON, last: JSON = [:], id: String? = nil, previous: Bool = false
  ) throws(AgentProblem) -> Int64 {
    var status: JSONObject = ["name": "main", "state": state, "lastState": last]
    if let id { status["containerID"] = .string(id) }
    return try LogSource(
      "main", ofPod: "web", status: ["containerStatuses": [.object(status)]],
      isPrevious: previous
    ).attempt
  }

  private func problem(_ body: () throws(AgentProblem) -> Int64) -> String? {
    do throws(AgentProblem) {
      _ = try body()
      return nil
    } catch {
      #expect(error.code == 400)
      return error.message
    }
  }

  @Test func theAttemptThatRunsOrRanLastIsRead() throws {
    let ended: JSON = ["terminated": ["containerID": .string(Self.id + "3")]]
    #expect(try source(["running": [:]], id: Self.id + "4") == 4)
    #expect(try source(ended, id: Self.id + "3") == 3)
    // In back-off: the last that ran.
    #expect(try source(["waiting": ["reason": "CrashLoopBackOff"]], last: ended) == 3)
    #expect(try source(["running": [:]], last: ended, id: Self.id + "4", previous: true) == 3)
  }

  @Test func theKubeletsWordsSayWhyThereIsNone() {
    #expect(
      problem { () throws(AgentProblem) in try source(["running": [:]], previous: true) }
        == "previous terminated \(Self.subject) not found")
    for (reason, words) in [
      ("ContainerCreating", "ContainerCreating"), ("ErrImagePull", "image can't be pulled"),
      ("ImagePullBackOff", "trying and failing to pull image"),
    ] {
      #expect(
        problem { () throws(AgentProblem) in
          try source(["waiting": ["reason": .string(reason)]])
        } == "\(Self.subject) is waiting to start: \(words)")
    }
    #expect(
      problem { () throws(AgentProblem) in try source([:]) }
        == "\(Self.subject) is waiting to start - no logs yet")
    #expect(
      problem { () throws(AgentProblem) in try source(["terminated": [:]]) }
        == "\(Self.subject) is terminated")
    #expect(
      problem { () throws(AgentProblem) in
        try LogSource("main", ofPod: "web", status: [:], isPrevious: false).attempt
      } == "\(Self.subject) is not available")
  }
}
