import JSONTree
import Testing

@testable import NodeAgent

struct CommandOutcomeTests {
  @Test func aProgramsExitCodeIsACauseOfItsStatus() throws {
    let status = CommandOutcome.exited(3, of: ["sh", "-c", "exit 3"]).status
    #expect(
      status
        == (try JSON(
          parsing: Array(
            #"""
            {"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
             "message": "command terminated with non-zero exit code: error executing command [sh -c exit 3], exit code 3",
             "details": {"causes": [{"reason": "ExitCode", "message": "3"}]}}
            """#.utf8))))
    #expect(CommandOutcome.exited(0, of: []).status == ["metadata": [:], "status": "Success"])
    #expect(CommandOutcome.detached.message == nil)
  }

  @Test func whatCannotBeRunIsAnInternalError() {
    let status = CommandOutcome.failed("no").status
    #expect(status["message"] == "Internal error occurred: no")
    #expect(status["reason"] == "InternalError")
    #expect(status["code"] == 500)
  }

  @Test(arguments: [
    (#"{"Width":80,"Height":24}"#, true), (#"{"Width":0,"Height":24}"#, false), ("{", false),
    (#"{"Width":100000,"Height":24}"#, true),
  ])
  func aSizeIsReadFromJSON(text: String, isSize: Bool) {
    #expect((TerminalSize(Array(text.utf8)) != nil) == isSize)
  }

  @Test func aCommandNeedsAStream() {
    #expect(throws: AgentProblem(400, "you must specify at least 1 of stdin, stdout, stderr")) {
      try CommandOptions(AgentTarget("/exec?command=a").query)
    }
    #expect(throws: Never.self) {
      let options = try CommandOptions(
        AgentTarget("/exec?command=a%20b&command=c&error=1&output=1&tty=1").query)
      #expect(options.arguments == ["a b", "c"])
      // A terminal has one output.
      #expect(options.hasTerminal && !options.hasError)
    }
  }
}
