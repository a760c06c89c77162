import Foundation

/// What standard output is, and how it is written.
enum Terminal {
  static var isInteractive: Bool {
    isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// Columns and rows; 100 by 30 where the terminal does not say.
  static var size: (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return (100, 30)
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Writes at once, whatever standard output is connected to.
  static func write(_ text: String) {
    FileHandle.standardOutput.write(Data(text.utf8))
  }

  static func writeLine(_ line: String) { write(line + "\n") }

  /// Paints lines from the top of the screen and clears what was below.
  static func repaint(_ lines: [String]) {
    let clearToEnd = "\u{1B}[K"
    write("\u{1B}[H" + lines.map { $0 + clearToEnd + "\n" }.joined() + "\u{1B}[J")
  }

  static func clear() { write("\u{1B}[2J\u{1B}[H") }
}
