import CRollcallLinux
import Glibc

/// The file system a container sees: the host's programs and configuration beneath a layer of its
/// own, so that what it writes outside its volumes goes with it and never reaches the host.
///
/// Runs in the container's process, in a mount namespace of its own, before the program.
struct ContainerRoot {
  private let spec: ContainerSpec
  private var root: String { spec.scratch + "/root" }

  /// Directories of the host that a container never sees: each is made anew or mounted afresh.
  private static let replaced: Set<String> = ["proc", "sys", "dev", "run", "tmp", "lost+found"]
  private static let devices = ["null", "zero", "full", "random", "urandom", "tty"]

  /// MS_* of mount(2).
  private enum Flag {
    static let readOnly: UInt = 1
    static let noSetID: UInt = 2
    static let noDevices: UInt = 4
    static let noPrograms: UInt = 8
    static let remount: UInt = 32
    static let bind: UInt = 4096
    static let recursive: UInt = 16384
    static let privately: UInt = 1 << 18
  }

  init(_ spec: ContainerSpec) { self.spec = spec }

  /// Builds the root and goes to it.
  func enter() throws(LinuxError) {
    try mount("none", "/", "", Flag.recursive | Flag.privately)
    try mount("tmpfs", spec.scratch, "tmpfs", Flag.noDevices, "mode=755")
    try LinuxCall.makeDirectory(root)
    try mount(root, root, "", Flag.bind)
    for name in try LinuxCall.entries("/") where !Self.replaced.contains(name) {
      try adopt(name)
    }
    try makeKernelDirectories()
    for path in spec.hidden where LinuxCall.isDirectory(root + path) {
      try mount("tmpfs", root + path, "tmpfs", Flag.noDevices, "mode=755")
    }
    for entry in spec.mounts.sorted(by: { $0.target.utf8.count < $1.target.utf8.count }) {
      try bind(entry)
    }
    if spec.hasReadOnlyRoot { try makeReadOnly() }
    try LinuxCall.check("chdir \(root)") { chdir(root) }
    try LinuxCall.check("pivot_root") { rollcall_pivot_root(".", ".") }
    try LinuxCall.check("umount of the old root") { rollcall_umount2(".", 2) }  // MNT_DETACH
    try LinuxCall.check("chdir /") { chdir("/") }
  }

  // MARK: What the host has

  /// Shows one entry of the host's root: a link as it is, a directory beneath a layer of its own,
  /// or, where the kernel cannot layer it, as it is and read-only.
  private func adopt(_ name: String) throws(LinuxError) {
    let source = "/" + name
    let target = root + "/" + name
    guard let mode = LinuxCall.mode(source) else { return }
    switch mode & S_IFMT {
    case S_IFLNK:
      var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
      let count = buffer.withUnsafeMutableBytes { raw in
        linkTarget(source, raw)
      }
      guard count > 0 else { return }
      symlink(String(decoding: buffer[..<count], as: UTF8.self), target)
    case S_IFDIR:
      mkdir(target, mode & 0o7777)
      try layer(source, target, name)
    default: break
    }
  }

  private func layer(_ source: String, _ target: String, _ name: String) throws(LinuxError) {
    let upper = spec.scratch + "/upper/" + name
    let work = spec.scratch + "/work/" + name
    try LinuxCall.makeDirectory(upper)
    try LinuxCall.makeDirectory(work)
    copyOwner(source, upper)
    try prepare(name, upper)
    let layers = "lowerdir=\(source),upperdir=\(upper),workdir=\(work)"
    if rollcall_mount("overlay", target, "overlay", 0, layers) != 0 {
      // A directory with mounts of another owner below it cannot be layered.
      guard rollcall_mount(source, target, "", Flag.bind | Flag.recursive, "") == 0 else { return }
      _ = rollcall_mount("", target, "", Flag.bind | Flag.remount | Flag.readOnly, "")
    }
  }

  /// Makes in a layer what mounts are to stand on: what is below may belong to a user who lets
  /// nobody else add to it, the layer is ours.
  private func prepare(_ name: String, _ upper: String) throws(LinuxError) {
    for entry in spec.mounts {
      let place = try resolve(entry.target, in: "")
      guard place.hasPrefix("/\(name)/"), LinuxCall.mode(place) == nil else { continue }
      var path = "/" + name
      for part in place.dropFirst(path.utf8.count).split(separator: "/") {
        path += "/" + part
        let made = upper + path.dropFirst(name.utf8.count + 1)
        if path == place, !LinuxCall.isDirectory(entry.source) {
          try touch(made)
        } else {
          try LinuxCall.makeDirectory(made)
          copyOwner(path, made)
        }
      }
    }
  }

  private func copyOwner(_ source: String, _ target: String) {
    var status = stat()
    guard stat(source, &status) == 0 else { return }
    _ = chown(target, status.st_uid, status.st_gid)
    chmod(target, status.st_mode & 0o7777)
  }

  // MARK: What the kernel gives

  private func makeKernelDirectories() throws(LinuxError) {
    for name in ["proc", "sys", "dev", "run", "tmp"] {
      try LinuxCall.makeDirectory(root + "/" + name)
    }
    chmod(root + "/tmp", 0o1777)
    let quiet = Flag.noSetID | Flag.noDevices | Flag.noPrograms
    // Where a proc of our own is forbidden (masked by an outer container), the host's must do.
    if rollcall_mount("proc", root + "/proc", "proc", quiet, "") != 0 {
      try mount("/proc", root + "/proc", "", Flag.bind | Flag.recursive)
    }
    if rollcall_mount("sysfs", root + "/sys", "sysfs", quiet | Flag.readOnly, "") != 0 {
      _ = rollcall_mount("/sys", root + "/sys", "", Flag.bind | Flag.recursive, "")
    }
    try makeDevices(root + "/dev")
  }

  private func makeDevices(_ directory: String) throws(LinuxError) {
    try mount("tmpfs", directory, "tmpfs", Flag.noSetID, "mode=755,size=64k")
    for name in Self.devices {
      let target = directory + "/" + name
      try touch(target)
      try mount("/dev/" + name, target, "", Flag.bind)
    }
    mkdir(directory + "/shm", 0o1777)
    try mount(
      "tmpfs", directory + "/shm", "tmpfs", Flag.noSetID | Flag.noDevices | Flag.noPrograms,
      "mode=1777,size=64m")
    mkdir(directory + "/pts", 0o755)
    try mount(
      "devpts", directory + "/pts", "devpts", Flag.noSetID | Flag.noPrograms,
      "newinstance,ptmxmode=0666,mode=0620")
    symlink("pts/ptmx", directory + "/ptmx")
    symlink("/proc/self/fd", directory + "/fd")
    symlink("/proc/self/fd/0", directory + "/stdin")
    symlink("/proc/self/fd/1", directory + "/stdout")
    symlink("/proc/self/fd/2", directory + "/stderr")
  }

  // MARK: Volumes

  /// Binds a volume, or a file of one, over its place, which is made if it is not there.
  private func bind(_ entry: ContainerSpec.Mount) throws(LinuxError) {
    let target = try resolve(entry.target, in: root)
    if LinuxCall.isDirectory(entry.source) {
      try LinuxCall.makeDirectory(target)
    } else {
      if let slash = target.lastIndex(of: "/") {
        try LinuxCall.makeDirectory(String(target[..<slash]))
      }
      try touch(target)
    }
    try mount(entry.source, target, "", Flag.bind | Flag.recursive)
    if entry.isReadOnly {
      try mount("", target, "", Flag.bind | Flag.remount | Flag.readOnly)
    }
  }

  /// Where a path of the container is, symbolic links followed as the container will follow them:
  /// within its root, never out of it.
  ///
  /// - Parameter root: what the container sees as `/`; empty for the host's own.
  private func resolve(_ path: String, in root: String) throws(LinuxError) -> String {
    var rest = Array(path.split(separator: "/").map(String.init).reversed())
    var done: [String] = []
    var links = 0
    while let name = rest.popLast() {
      if name == "." { continue }
      if name == ".." {
        _ = done.popLast()
        continue
      }
      let here = root + "/" + (done + [name]).joined(separator: "/")
      guard let mode = LinuxCall.mode(here), mode & S_IFMT == S_IFLNK else {
        done.append(name)
        continue
      }
      links += 1
      guard links < 40 else { throw LinuxError(number: ELOOP, what: path) }
      var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
      let count = try LinuxCall.check("readlink \(here)") {
        buffer.withUnsafeMutableBytes { raw in
          linkTarget(here, raw)
        }
      }
      let destination = String(decoding: buffer[..<count], as: UTF8.self)
      if destination.hasPrefix("/") { done = [] }
      rest += destination.split(separator: "/").map(String.init).reversed()
    }
    return root + "/" + done.joined(separator: "/")
  }

  private func linkTarget(_ path: String, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    // Bytes are bytes, whatever C calls them.
    guard let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self) else { return 0 }
    return readlink(path, start, buffer.count)
  }

  private func touch(_ path: String) throws(LinuxError) {
    if LinuxCall.mode(path) != nil { return }
    let descriptor = try LinuxCall.check("create \(path)") {
      open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    }
    close(descriptor)
  }

  private func makeReadOnly() throws(LinuxError) {
    for name in try LinuxCall.entries(root) where !Self.replaced.contains(name) {
      let path = root + "/" + name
      if !spec.mounts.contains(where: { $0.target == "/" + name }), LinuxCall.isDirectory(path) {
        _ = rollcall_mount("", path, "", Flag.bind | Flag.remount | Flag.readOnly, "")
      }
    }
    try mount("", root, "", Flag.bind | Flag.remount | Flag.readOnly)
  }

  private func mount(
    _ source: String, _ target: String, _ type: String, _ flags: UInt, _ data: String = ""
  ) throws(LinuxError) {
    try LinuxCall.check("mount \(source.isEmpty ? target : source)") {
      rollcall_mount(source, target, type, flags, data)
    }
  }
}
