import Glibc
import Synchronization

/// Where a server keeps what must outlive it and is nobody else's business.
package protocol PrivateFiles: Sendable {
  /// The file's text, nil if there is none.
  func read(_ name: String) throws(PrivateFileError) -> String?
  /// Replaces the file as a whole: others see the old text or the new one.
  func write(_ name: String, _ text: String) throws(PrivateFileError)
}

/// Why a file could not be read or written.
package struct PrivateFileError: Error, Sendable, Equatable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}

/// A directory that only its owner may enter (0700), of files only its owner may read (0600).
package struct PrivateDirectory: PrivateFiles {
  package let path: String

  /// Creates the directory if need be, and takes others' access away.
  package init(_ path: String) throws(PrivateFileError) {
    self.path = path
    if mkdir(path, 0o700) != 0, errno != EEXIST {
      throw Self.failure("cannot create directory", path)
    }
    if chmod(path, 0o700) != 0 { throw Self.failure("cannot protect directory", path) }
  }

  package func read(_ name: String) throws(PrivateFileError) -> String? {
    let file = path + "/" + name
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw Self.failure("cannot open", file)
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw Self.failure("cannot read", file)
      }
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }

  package func write(_ name: String, _ text: String) throws(PrivateFileError) {
    let file = path + "/" + name
    let draft = file + ".new"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure("cannot create", draft) }
    defer { close(descriptor) }
    // The draft may be left over from before, with another mode.
    if fchmod(descriptor, 0o600) != 0 { throw Self.failure("cannot protect", draft) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw Self.failure("cannot write", draft)
      }
      rest = rest.dropFirst(count)
    }
    if fsync(descriptor) != 0 { throw Self.failure("cannot write", draft) }
    if rename(draft, file) != 0 { throw Self.failure("cannot replace", file) }
  }

  private static func failure(_ problem: String, _ path: String) -> PrivateFileError {
    PrivateFileError("\(problem) \(path): \(String(cString: strerror(errno)))")
  }
}

/// Files that are gone with the process.
package final class EphemeralFiles: PrivateFiles {
  private let files = Mutex<[String: String]>([:])

  package init() {}

  package func read(_ name: String) throws(PrivateFileError) -> String? {
    files.withLock { $0[name] }
  }

  package func write(_ name: String, _ text: String) throws(PrivateFileError) {
    files.withLock { $0[name] = text }
  }
}
