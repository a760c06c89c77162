import JSONTree
import KubernetesAPI
import NIOCore

/// The streams of a command that runs in a container, or of a client attached to one, whatever
/// carries them.
protocol CommandStreams: Sendable {
  /// Standard input, to its end.
  var input: BoundedQueue<ByteBuffer> { get }
  /// Sizes of the client's terminal.
  var sizes: BoundedQueue<TerminalSize> { get }
  /// Returns when the client has room for more. Throws when it is gone.
  func write(_ bytes: ByteBuffer, to output: CommandOutput) async throws
  /// Tells how it ended, and ends the streams.
  func finish(_ outcome: CommandOutcome) async
}

enum CommandOutput: Sendable {
  case output, error
}

/// Bytes of standard input that may wait for the program.
let inputCapacity = 256 << 10

/// What is asked for with a command (core/v1 PodExecOptions), as a kubelet is asked.
struct CommandOptions: Sendable, Equatable {
  var arguments: [String]
  var hasInput: Bool
  var hasOutput: Bool
  var hasError: Bool
  var hasTerminal: Bool

  /// - Throws: `AgentProblem` with 400 if there is no stream.
  init(_ query: AgentTarget.Query) throws(AgentProblem) {
    arguments = query.all("command")
    hasInput = query.isSet("input")
    hasOutput = query.isSet("output")
    hasTerminal = query.isSet("tty")
    // A terminal has one output.
    hasError = query.isSet("error") && !hasTerminal
    guard hasInput || hasOutput || hasError else {
      throw AgentProblem(400, "you must specify at least 1 of stdin, stdout, stderr")
    }
  }
}

/// The size of a terminal in characters.
struct TerminalSize: Sendable, Equatable {
  var columns: UInt16
  var rows: UInt16

  /// From `{"Width":80,"Height":24}`; nil for something else, or no size.
  init?(_ bytes: some Collection<UInt8>) {
    guard let json = try? JSON(parsing: Array(bytes)), let width = json["Width"]?.integer,
      let height = json["Height"]?.integer, width > 0, height > 0
    else { return nil }
    columns = UInt16(clamping: width)
    rows = UInt16(clamping: height)
  }
}

/// How a command ended, or a client's attachment.
enum CommandOutcome: Sendable, Equatable {
  case exited(Int64, of: [String])
  /// The container's output has ended.
  case detached
  /// It could not be done.
  case failed(String)

  /// The Status that goes to the client on the error stream.
  var status: JSON {
    switch self {
    case .detached, .exited(0, _): return ["metadata": [:], "status": "Success"]
    case .exited(let code, let arguments):
      var status = APIStatus(
        code: 0, reason: APIStatus.Reason(rawValue: "NonZeroExitCode"),
        message: "command terminated with non-zero exit code: error executing command "
          + "[\(arguments.joined(separator: " "))], exit code \(code)",
        details: APIStatus.Details(
          causes: [APIStatus.Cause(reason: "ExitCode", message: "\(code)", field: "")])
      ).json
      status["kind"] = nil
      status["apiVersion"] = nil
      status["code"] = nil
      return status
    case .failed(let problem):
      var status = APIStatus.internalError(problem).json
      status["kind"] = nil
      status["apiVersion"] = nil
      return status
    }
  }

  /// What versions before v4 of the protocol send in place of a Status; nil for success.
  var message: String? { status["message"]?.string }
}
