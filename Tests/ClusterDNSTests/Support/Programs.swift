import Glibc

/// Whether a program is found where Debian has it.
func isInstalled(_ name: String) -> Bool {
  ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"].contains { access($0 + name, X_OK) == 0 }
}

/// Runs a command in a shell; what it prints, by lines.
func run(_ command: String) -> [String] {
  guard let pipe = popen("\(command) 2>&1", "r") else { return [] }
  defer { pclose(pipe) }
  var lines: [String] = []
  var buffer = [CChar](repeating: 0, count: 4096)
  while fgets(&buffer, Int32(buffer.count), pipe) != nil {
    let line = buffer.prefix { $0 != 0 && $0 != 10 && $0 != 13 }
    lines.append(String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }
  return lines
}
