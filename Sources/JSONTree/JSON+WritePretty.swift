extension JSON {
  /// The encoding for people: one member or element a line, each level two spaces further in, and
  /// a line break at the end.
  public func prettyEncoded() -> [UInt8] {
    var bytes: [UInt8] = []
    writePretty(to: &bytes, depth: 0)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  private func writePretty(to bytes: inout [UInt8], depth: Int) {
    switch self {
    case .array(let elements) where !elements.isEmpty:
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        JSON.breakLine(in: &bytes, depth: depth + 1)
        element.writePretty(to: &bytes, depth: depth + 1)
      }
      JSON.breakLine(in: &bytes, depth: depth)
      bytes.append(UInt8(ascii: "]"))
    case .object(let members) where !members.isEmpty:
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        JSON.breakLine(in: &bytes, depth: depth + 1)
        JSON.write(string: member.key, to: &bytes)
        bytes.append(contentsOf: ": ".utf8)
        member.value.writePretty(to: &bytes, depth: depth + 1)
      }
      JSON.breakLine(in: &bytes, depth: depth)
      bytes.append(UInt8(ascii: "}"))
    default: write(to: &bytes)
    }
  }

  private static func breakLine(in bytes: inout [UInt8], depth: Int) {
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: depth * 2))
  }
}
