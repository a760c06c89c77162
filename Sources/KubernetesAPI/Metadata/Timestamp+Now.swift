import Glibc

extension Timestamp {
  /// What the machine's wall clock says (`CLOCK_REALTIME`, in nanoseconds); it can jump.
  ///
  /// Read here and nowhere else: in a module that also imports Foundation, whole-module
  /// optimisation takes the members of `timespec` for CoreFoundation's and refuses them.
  package static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)  // Cannot fail for this clock.
    return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
  }
}
