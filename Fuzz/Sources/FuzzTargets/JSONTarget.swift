import JSONTree

/// The JSON reader: whatever it accepts is written to a text that reads and writes as itself, and a
/// part of it reads as that part.
///
/// The first reading may differ from the second: a fraction that is whole is written as Go writes
/// it, without the point, and is an integer from then on.
final class JSONTarget: InputChecker {
  private static let fields = JSONFields([("kind", nil), ("spec", JSONFields("type"))])

  func check(_ input: [UInt8]) throws {
    _ = try? JSON(parsing: input, only: Self.fields)  // Whatever comes of it.
    guard let value = Self.read(input) else { return }
    let written = value.encoded()
    guard let again = Self.read(written) else {
      throw BrokenPromise("not read back: \(String(decoding: written, as: UTF8.self))")
    }
    try BrokenPromise.unless(again.encoded() == written, "written twice differently: \(value)")
    // What is written has no escapes in these names.
    let part = try JSON(parsing: written, only: Self.fields)
    try BrokenPromise.unless(
      part["kind"] == again["kind"] && part["spec"]?["type"] == again["spec"]?["type"],
      "of \(again) was read \(part)")
  }

  private static func read(_ bytes: [UInt8]) -> JSON? {
    do { return try JSON(parsing: bytes) } catch { return nil }
  }
}
