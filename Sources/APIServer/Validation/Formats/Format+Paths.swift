extension Format {
  /// A path that does not lead upwards.
  package static func pathInside(_ value: String) -> [String] {
    value.split(separator: "/").contains("..") ? ["must not contain '..'"] : []
  }

  /// A relative path that does not lead upwards.
  package static func relativePath(_ value: String) -> [String] {
    (value.hasPrefix("/") ? ["must be a relative path"] : []) + pathInside(value)
  }

  /// A relative path for a file in a volume, where names that begin with two dots are taken.
  package static func volumeFilePath(_ value: String) -> [String] {
    let isReserved = value.hasPrefix("..") && !value.hasPrefix("../")
    return relativePath(value) + (isReserved ? ["must not start with '..'"] : [])
  }

  /// Permission bits of a file.
  package static func fileMode(_ value: Int64) -> [String] {
    (0...0o777).contains(value)
      ? [] : ["must be a number between 0 and 0777 (octal), both inclusive"]
  }
}
