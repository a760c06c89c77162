import CRollcallLinux
import Glibc

/// A system call of the sandbox that failed, with what it was for.
struct LinuxError: Error, CustomStringConvertible {
  var number: Int32
  var what: String

  var description: String { "\(what): \(String(cString: strerror(number)))" }
}

/// Checks what system calls return.
enum LinuxCall {
  /// Throws `LinuxError` for a negative result; repeats a call a signal interrupted.
  @discardableResult
  static func check<Number: SignedInteger>(
    _ what: @autoclosure () -> String, _ call: () -> Number
  ) throws(LinuxError) -> Number {
    while true {
      let result = call()
      if result >= 0 { return result }
      let number = errno
      if number != EINTR { throw LinuxError(number: number, what: what()) }
    }
  }

  /// A pipe, both of whose ends a new program does not get.
  static func makePipe() throws(LinuxError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    try check("pipe") { rollcall_pipe(&ends) }
    return (ends[0], ends[1])
  }

  /// Makes a directory and those above it; one that is there stays.
  static func makeDirectory(_ path: String, mode: mode_t = 0o755) throws(LinuxError) {
    if mkdir(path, mode) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw LinuxError(number: errno, what: "mkdir \(path)")
    }
    try makeDirectory(String(path[..<slash]), mode: mode)
    if mkdir(path, mode) != 0, errno != EEXIST {
      throw LinuxError(number: errno, what: "mkdir \(path)")
    }
  }

  /// The whole of a file.
  static func read(_ path: String) throws(LinuxError) -> [UInt8] {
    let descriptor = try check("open \(path)") { open(path, O_RDONLY | O_CLOEXEC) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try check("read \(path)") { Glibc.read(descriptor, &buffer, buffer.count) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// Writes a file anew: whoever reads it sees the old content or all of the new one.
  static func replace(_ path: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws(LinuxError) {
    let partial = path + ".new"
    let descriptor = try check("create \(partial)") {
      open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    }
    do throws(LinuxError) {
      try write(descriptor, bytes, partial)
      close(descriptor)
    } catch {
      close(descriptor)
      unlink(partial)
      throw error
    }
    try check("rename \(path)") { rename(partial, path) }
  }

  /// Writes all bytes to a blocking descriptor.
  static func write(_ descriptor: Int32, _ bytes: [UInt8], _ what: String) throws(LinuxError) {
    var offset = 0
    while offset < bytes.count {
      offset += try check("write \(what)") {
        bytes.withUnsafeBytes { raw in
          Glibc.write(descriptor, raw.baseAddress?.advanced(by: offset), raw.count - offset)
        }
      }
    }
  }

  /// The entries of a directory but `.` and `..`.
  static func entries(_ path: String) throws(LinuxError) -> [String] {
    guard let directory = opendir(path) else {
      throw LinuxError(number: errno, what: "open \(path)")
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { raw in
        String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// `st_mode` of what a path names, a symbolic link not followed; nil if nothing is there.
  static func mode(_ path: String, followsLinks: Bool = false) -> mode_t? {
    var status = stat()
    let result = followsLinks ? stat(path, &status) : lstat(path, &status)
    return result == 0 ? status.st_mode : nil
  }

  static func isDirectory(_ path: String) -> Bool {
    mode(path, followsLinks: true).map { $0 & S_IFMT == S_IFDIR } ?? false
  }
}
