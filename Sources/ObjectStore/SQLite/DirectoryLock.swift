import Glibc

/// Sole use of a directory among processes, for as long as the value lives.
///
/// The kernel lets go of the lock when its holder ends, in whatever way.
struct DirectoryLock: ~Copyable {
  private let descriptor: CInt

  /// - Throws: `locked` if another holds the directory, `storage` if the lock file cannot be made.
  init(directory: String) throws(StoreError) {
    let path = directory + "/lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system("cannot open \(path)") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let error: StoreError =
        errno == EWOULDBLOCK
        ? .locked(directory, holder: Self.holder(descriptor)) : .system("cannot lock \(path)")
      close(descriptor)
      throw error
    }
    // Who holds it is for the message alone, so that nothing depends on the writing.
    if ftruncate(descriptor, 0) == 0 {
      let text = Array("\(getpid())\n".utf8)
      _ = write(descriptor, text, text.count)
    }
    self.descriptor = descriptor
  }

  deinit {
    // Closing alone would leave the lock to a child process that has not got to its exec yet.
    _ = flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private static func holder(_ descriptor: CInt) -> Int? {
    var text = [UInt8](repeating: 0, count: 24)
    let count = read(descriptor, &text, text.count)
    guard count > 0 else { return nil }
    return Int(String(decoding: text[..<count].prefix { $0 != 0x0A }, as: UTF8.self))
  }
}

extension StoreError {
  /// What a failed system call left in `errno`.
  static func system(_ what: String) -> StoreError {
    let number = errno
    let reason = String(cString: strerror(number))
    let code: Code = number == ENOSPC || number == EROFS ? .outOfSpace : .storage
    return StoreError(code, "\(what): \(reason)")
  }

  fileprivate static func locked(_ directory: String, holder: Int?) -> StoreError {
    let who = holder.map { "process \($0)" } ?? "another process"
    return StoreError(.locked, "\(directory) is in use by \(who)")
  }
}
