import Glibc

/// Pseudo-terminals (pty(7)).
enum Terminal {
  /// Opens one of a container's own, so that its programs find it under `/dev/pts`.
  ///
  /// - Parameters:
  ///   - container: the PID of a process of the container.
  ///   - user: whom the terminal belongs to.
  /// - Throws: `LinuxError`.
  static func open(
    in container: pid_t, user: UInt32
  ) throws(LinuxError) -> (master: Int32, slave: Int32) {
    let path = "/proc/\(container)/root/dev/pts/ptmx"
    let flags = O_RDWR | O_NOCTTY | O_CLOEXEC
    let master = try LinuxCall.check("open \(path)") { Glibc.open(path, flags) }
    do throws(LinuxError) {
      var lock: Int32 = 0
      try LinuxCall.check("TIOCSPTLCK") { ioctl(master, 0x4004_5431, &lock) }
      // TIOCGPTPEER: the other end, without a path to it.
      let slave = try LinuxCall.check("TIOCGPTPEER") { ioctl(master, 0x5441, flags) }
      // Within a user namespace only its own users have a number, and one is enough.
      _ = fchown(slave, user, .max)
      return (master, slave)
    } catch {
      close(master)
      throw error
    }
  }

  /// Opens one of the host's. Throws `LinuxError`.
  static func open() throws(LinuxError) -> (master: Int32, slave: Int32) {
    let flags = O_RDWR | O_NOCTTY | O_CLOEXEC
    let master = try LinuxCall.check("open /dev/ptmx") { Glibc.open("/dev/ptmx", flags) }
    do throws(LinuxError) {
      var lock: Int32 = 0
      var number: UInt32 = 0
      try LinuxCall.check("TIOCSPTLCK") { ioctl(master, 0x4004_5431, &lock) }
      try LinuxCall.check("TIOCGPTN") { ioctl(master, 0x8004_5430, &number) }
      let slave = try LinuxCall.check("open /dev/pts/\(number)") {
        Glibc.open("/dev/pts/\(number)", flags)
      }
      return (master, slave)
    } catch {
      close(master)
      throw error
    }
  }

  /// Tells a terminal its size, and through it the program.
  static func resize(_ master: Int32, columns: UInt16, rows: UInt16) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, 0x5414, &size)  // TIOCSWINSZ
  }
}
