import Glibc
package import JSONTree

/// A process that cannot be mistaken for another that got its number later: its PID, when it
/// started, and in which run of the machine.
package struct ProcessIdentity: Sendable, Equatable {
  package var pid: Int32
  /// Clock ticks since the machine started (field 22 of `/proc/PID/stat`).
  package var startTicks: Int64
  package var boot: String

  /// Nil if there is no such process.
  package init?(pid: Int32) {
    guard let ticks = Self.startTicks(pid) else { return nil }
    self.pid = pid
    startTicks = ticks
    boot = Self.currentBoot
  }

  package init?(json: JSON) {
    guard let pid = json["pid"]?.integer, let ticks = json["startTicks"]?.integer else {
      return nil
    }
    self.pid = Int32(clamping: pid)
    startTicks = ticks
    boot = json["boot"]?.string ?? ""
  }

  package var json: JSON {
    [
      "pid": .integer(Int64(pid)), "startTicks": .integer(startTicks), "boot": .string(boot),
    ]
  }

  package var isAlive: Bool {
    boot == Self.currentBoot && Self.startTicks(pid) == startTicks
  }

  static let currentBoot: String = {
    let bytes = (try? LinuxCall.read("/proc/sys/kernel/random/boot_id")) ?? []
    return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
  }()

  /// Nil for a process that is gone, or dead and not collected.
  private static func startTicks(_ pid: Int32) -> Int64? {
    guard pid > 0, let bytes = try? LinuxCall.read("/proc/\(pid)/stat") else { return nil }
    // The second field, a name in parentheses, may contain anything.
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return Int64(fields[19])
  }
}
