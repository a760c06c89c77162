/// A server that could not be measured, and why.
struct ServerFailure: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
