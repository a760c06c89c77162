import FoundationEssentials

/// Why a client cannot be set up; one line that names the file or setting at fault.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  package var message: String

  package init(_ message: String) { self.message = message }

  package var description: String { message }
}

/// Reads the files a configuration names.
package enum ConfigurationFile {
  /// Throws `ConfigurationError` naming the file.
  package static func read(_ path: String) throws -> [UInt8] {
    do {
      return Array(try Data(contentsOf: URL(filePath: path)))
    } catch let error as CocoaError {
      let reason =
        switch error.code {
        case .fileReadNoSuchFile, .fileNoSuchFile: "no such file"
        case .fileReadNoPermission: "permission denied"
        default: "cannot be read"
        }
      throw ConfigurationError("\(path): \(reason)")
    }
  }
}
