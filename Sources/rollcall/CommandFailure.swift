import Foundation

/// Why a command stopped: one line for the user and the exit status that goes with it.
struct CommandFailure: Error, Equatable {
  /// Exit statuses as `sysexits.h` names them.
  enum Status: Int32 {
    /// EX_USAGE: the command line is wrong.
    case usage = 64
    /// EX_DATAERR: an input file's content is wrong.
    case dataError = 65
    /// EX_NOINPUT: an input file is missing or cannot be read.
    case noInput = 66
    /// EX_UNAVAILABLE: an address is taken, a server does not answer.
    case unavailable = 69
    /// EX_SOFTWARE: a fault of ours.
    case software = 70
    /// EX_CANTCREAT: the data directory or a file in it cannot be made or used.
    case cannotCreate = 73
    /// EX_IOERR: reading or writing failed.
    case inputOutput = 74
    /// EX_TEMPFAIL: try again later (the data directory is in use).
    case temporary = 75
    /// EX_NOPERM: the system does not allow it.
    case noPermission = 77
    /// EX_CONFIG: a configuration file is wrong.
    case configuration = 78
  }

  var status: Status
  var message: String

  init(_ status: Status, _ message: String) {
    self.status = status
    self.message = message
  }
}

/// Where failures and log lines go.
enum StandardError {
  static func write(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
