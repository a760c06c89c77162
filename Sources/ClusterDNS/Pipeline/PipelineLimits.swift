/// The bounds of answering one query.
enum PipelineLimits {
  /// CNAME records followed inside the zone before the answer ends with what it has. ExternalName
  /// Services rarely point at each other even once.
  static var chaseDepth: Int { @_noLocks get { 8 } }
  /// Bytes behind the largest response that a buffer must have: names are read in whole words.
  static var bufferSlack: Int { @_noLocks get { 8 } }
}
