import Glibc

/// The file a zone is kept in between processes.
///
/// It is written beside its place and renamed, so that whoever reads it finds the old one or the
/// new one whole, whatever happens in between.
package struct SnapshotFile: Sendable {
  package let path: String

  package init(path: String) { self.path = path }

  /// Why the file cannot be read or written.
  package struct Failure: Error, CustomStringConvertible {
    package var description: String
  }

  /// The zone in the file and when it was current, in seconds since 1970; nil if there is none.
  ///
  /// - Throws: ``Failure`` if there is a file that cannot be used.
  func read() throws(Failure) -> (zone: SavedZone, asOf: Int64)? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0, errno == ENOENT { return nil }
    guard descriptor >= 0 else { throw failure("open") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("read") }
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    do throws(SnapshotFormat.Failure) {
      return try SnapshotFormat.decode(bytes)
    } catch {
      throw Failure(description: "\(path): \(error)")
    }
  }

  /// - Throws: ``Failure``; the file is then as it was.
  func write(_ zone: SavedZone, asOf: Int64) throws(Failure) {
    let temporary = path + ".new"
    // Names of a cluster are nobody else's business.
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("open") }
    var isWhole = false
    defer { if !isWhole { unlink(temporary) } }
    do {
      defer { close(descriptor) }
      var rest = SnapshotFormat.encode(zone, asOf: asOf)[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw failure("write") }
        rest = rest.dropFirst(count)
      }
      guard fsync(descriptor) == 0 else { throw failure("write") }
    }
    guard rename(temporary, path) == 0 else { throw failure("rename") }
    isWhole = true
  }

  private func failure(_ operation: String) -> Failure {
    Failure(description: "\(path): cannot \(operation): \(String(cString: strerror(errno)))")
  }
}
