extension Format {
  private static let name = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
  private static let nameMessage =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    + "alphanumeric character"

  private static func isName(_ bytes: Substring.UTF8View) -> Bool {
    bytes.isFramed(by: \.isAlphanumeric) {
      $0.isAlphanumeric || $0.isHyphen || $0.isUnderscore || $0.isDot
    }
  }

  /// A name of at most 63 characters after an optional DNS prefix and a slash: label keys,
  /// finalizers, resource names, condition types.
  package static func qualifiedName(_ value: String) -> [String] {
    let parts = value.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let last = parts.last else {
      return [
        "a valid label key " + pattern(nameMessage, name, examples: "MyName", "my.name", "123-abc")
          + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
      ]
    }
    var problems: [String] = []
    if parts.count == 2 {
      if parts[0].isEmpty {
        problems.append("prefix part " + mustNotBeEmpty)
      } else {
        problems += dns1123Subdomain(String(parts[0]), tooLong: tooManyBytes(253))
          .map { "prefix part " + $0 }
      }
    }
    if last.isEmpty {
      problems.append("name part " + mustNotBeEmpty)
    } else if last.utf8.count > 63 {
      problems.append("name part " + tooManyBytes(63))
    }
    if !isName(last.utf8) {
      problems.append(
        "name part " + pattern(nameMessage, name, examples: "MyName", "my.name", "123-abc"))
    }
    return problems
  }

  /// The value of a label: empty, or at most 63 characters of a name.
  package static func labelValue(_ value: String) -> [String] {
    var problems: [String] = []
    if value.utf8.count > 63 { problems.append(tooManyBytes(63)) }
    if !value.isEmpty, !isName(value[...].utf8) {
      problems.append(
        pattern(
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' "
            + "or '.', and must start and end with an alphanumeric character",
          "(\(name))?", examples: "MyValue", "my_value", "12345"))
    }
    return problems
  }

  /// What may stand as one segment of a URL path and of a key in the store.
  package static func pathSegment(_ value: String) -> [String] {
    if value == "." || value == ".." { return ["may not be '\(value)'"] }
    return ["/", "%"].filter(value.contains).map { "may not contain '\($0)'" }
  }

  /// The reason of a condition.
  package static func conditionReason(_ value: String) -> [String] {
    let bytes = value.utf8
    if let first = bytes.first, let last = bytes.last, first.isLetter,
      last.isAlphanumeric || last.isUnderscore,
      bytes.allSatisfy({
        $0.isAlphanumeric || $0.isUnderscore || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ":")
      })
    {
      return []
    }
    return [
      pattern(
        "a condition reason must start with alphabetic character, optionally followed by a string "
          + "of alphanumeric characters or '_,:', and must end with an alphanumeric character or "
          + "'_'",
        "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?",
        examples: "my_name", "MY_NAME", "MyName", "ReasonA,ReasonB", "ReasonA:ReasonB")
    ]
  }
}
