/// The bounds of answering one query.
enum PipelineLimits {
  /// CNAME records followed inside the zone before the answer ends with what it has. ExternalName
  /// Services rarely point at each other even once.
  static var chaseDepth: Int { @_noLocks get { 8 } }
  /// Bytes behind the largest response that a buffer must have: names are read in whole words.
  static var bufferSlack: Int { @_noLocks get { 8 } }
  /// What a pipeline returns instead of a length for a query that is another's and stands in the
  /// buffer as it came. No response is that short, so that its negative length is never taken for
  /// it.
  static var untouched: Int { @_noLocks get { -1 } }
  /// Over UDP, one of so many queries above a client's rate gets a truncated response, with which a
  /// real client goes on over TCP; the others get none.
  static var slip: UInt32 { @_noLocks get { 2 } }
}
