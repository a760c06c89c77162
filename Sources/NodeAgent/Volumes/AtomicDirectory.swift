import Glibc
import KubernetesAPI

/// A volume whose files change all at once: names link to `..data/NAME`, and `..data` links to a
/// directory that is replaced by another.
struct AtomicDirectory: Sendable {
  struct File: Sendable, Equatable {
    var bytes: [UInt8]
    var mode: UInt32
  }

  let path: String

  /// Makes the directory show these files, by paths relative to it; does nothing if it does.
  ///
  /// Throws `LinuxError`; then the directory shows what it showed.
  func write(_ files: [String: File]) throws(LinuxError) {
    try LinuxCall.makeDirectory(path)
    if current() == files { return }
    let old = linkTarget("..data")
    let name = "..v\(Timestamp.now().seconds)_\(UInt32.random(in: 0...UInt32.max))"
    try LinuxCall.makeDirectory(path + "/" + name)
    for (file, content) in files {
      let target = "\(path)/\(name)/\(file)"
      if let slash = target.lastIndex(of: "/") {
        try LinuxCall.makeDirectory(String(target[..<slash]))
      }
      let descriptor = try LinuxCall.check("create \(file)") {
        open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, content.mode)
      }
      fchmod(descriptor, content.mode)
      defer { close(descriptor) }
      try LinuxCall.write(descriptor, content.bytes, file)
    }
    unlink(path + "/..data_tmp")
    try LinuxCall.check("symlink") { symlink(name, path + "/..data_tmp") }
    try LinuxCall.check("rename") { rename(path + "/..data_tmp", path + "/..data") }
    let heads = Set(files.keys.map { String($0.prefix { $0 != "/" }) })
    for head in heads where LinuxCall.mode("\(path)/\(head)") == nil {
      try LinuxCall.check("symlink") { symlink("..data/" + head, "\(path)/\(head)") }
    }
    for entry in try LinuxCall.entries(path)
    where !entry.hasPrefix("..") && !heads.contains(entry) {
      unlink("\(path)/\(entry)")
    }
    if let old { FileTree.remove("\(path)/\(old)") }
  }

  private func linkTarget(_ name: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("\(path)/\(name)", &buffer, buffer.count - 1)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func current() -> [String: File]? {
    guard let data = linkTarget("..data") else { return nil }
    var files: [String: File] = [:]
    for file in FileTree.files("\(path)/\(data)") {
      guard let bytes = try? LinuxCall.read("\(path)/\(data)/\(file)"),
        let mode = LinuxCall.mode("\(path)/\(data)/\(file)")
      else { return nil }
      files[file] = File(bytes: bytes, mode: mode & 0o7777)
    }
    return files
  }
}

/// Whole directories.
enum FileTree {
  /// The files below a directory, by paths relative to it.
  static func files(_ directory: String) -> [String] {
    ((try? LinuxCall.entries(directory)) ?? []).flatMap { name -> [String] in
      let path = "\(directory)/\(name)"
      guard let mode = LinuxCall.mode(path) else { return [] }
      return mode & S_IFMT == S_IFDIR ? files(path).map { "\(name)/\($0)" } : [name]
    }
  }

  /// Removes a file or a directory with everything below it. Links are removed, not followed, and
  /// what is on another file system stays.
  static func remove(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    remove(path, device: status.st_dev)
  }

  private static func remove(_ path: String, device: dev_t) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_dev == device else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in (try? LinuxCall.entries(path)) ?? [] {
        remove("\(path)/\(name)", device: device)
      }
      rmdir(path)
    } else {
      unlink(path)
    }
  }
}
