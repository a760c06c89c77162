extension Format {
  /// A key of a ConfigMap or Secret, which may become a file name.
  package static func configMapKey(_ value: String) -> [String] {
    var problems: [String] = []
    let bytes = value.utf8
    if bytes.count > 253 { problems.append(tooManyCharacters(253)) }
    let isPlain = bytes.allSatisfy {
      $0.isAlphanumeric || $0.isHyphen || $0.isUnderscore || $0.isDot
    }
    if bytes.isEmpty || !isPlain {
      problems.append(
        pattern(
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
          "[-._a-zA-Z0-9]+", examples: "key.name", "KEY_NAME", "key-name"))
    }
    return problems + parentDirectory(value)
  }

  /// The name of an environment variable as files of variables spell it.
  package static func strictEnvironmentName(_ value: String) -> [String] {
    let bytes = value.utf8
    let isPlain = bytes.allSatisfy {
      $0.isAlphanumeric || $0.isHyphen || $0.isUnderscore || $0.isDot
    }
    var problems: [String] = []
    if bytes.isEmpty || bytes.first?.isDigit == true || !isPlain {
      problems.append(
        pattern(
          "a valid environment variable name must consist of alphabetic characters, digits, '_', "
            + "'-', or '.', and must not start with a digit",
          "[-._a-zA-Z][-._a-zA-Z0-9]*", examples: "my.env-name", "MY_ENV.NAME", "MyEnvName1"))
    }
    return problems + parentDirectory(value)
  }

  /// The name of an environment variable of a container: printable ASCII without an equals sign.
  package static func environmentName(_ value: String) -> [String] {
    var problems: [String] = []
    if value.isEmpty { problems.append("environment variable name " + mustNotBeEmpty) }
    if value.utf8.contains(where: { !(0x20...0x7E).contains($0) || $0 == UInt8(ascii: "=") }) {
      problems.append(
        "a valid environment variable name must consist only of printable ASCII characters other "
          + "than '='")
    }
    return problems
  }

  /// An identifier as in C.
  package static func cIdentifier(_ value: String) -> [String] {
    let bytes = value.utf8
    if let first = bytes.first, !first.isDigit,
      bytes.allSatisfy({ $0.isAlphanumeric || $0.isUnderscore })
    {
      return []
    }
    return [
      pattern(
        "a valid C identifier must start with alphabetic character or '_', followed by a string of "
          + "alphanumeric characters or '_'",
        "[A-Za-z_][A-Za-z0-9_]*", examples: "my_name", "MY_NAME", "MyName")
    ]
  }

  /// Digits and a percent sign.
  package static func percent(_ value: String) -> [String] {
    if value.utf8.count > 1, value.hasSuffix("%"), value.utf8.dropLast().allSatisfy(\.isDigit) {
      return []
    }
    return [
      pattern(
        "a valid percent string must be a numeric string followed by an ending '%'", "[0-9]+%",
        examples: "1%", "93%")
    ]
  }

  /// A user id a container may run with.
  package static func userID(_ value: Int64) -> [String] { range(value, 0...Int64(Int32.max)) }

  /// A group id a container may run with.
  package static func groupID(_ value: Int64) -> [String] { range(value, 0...Int64(Int32.max)) }

  private static func parentDirectory(_ value: String) -> [String] {
    switch value {
    case ".": ["must not be '.'"]
    case "..": ["must not be '..'"]
    case _ where value.hasPrefix(".."): ["must not start with '..'"]
    default: []
    }
  }
}
