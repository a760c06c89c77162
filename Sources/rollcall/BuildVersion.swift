/// What this binary calls itself.
enum BuildVersion {
  static let text = "0.1.0"
}
