import Foundation

/// The directories that volumes are, on this machine.
package protocol VolumeDirectories: Sendable {
  /// Where the volume of a name is.
  func path(of volume: String) -> String
  /// Removes a volume's directory with everything in it; one that is not there is no failure.
  func remove(_ path: String) throws
}

/// Directories below one that is given. They are made when a Pod mounts them first.
package struct LocalVolumeDirectories: VolumeDirectories {
  private let root: String

  /// - Parameter root: an absolute path.
  package init(root: String) { self.root = root }

  package func path(of volume: String) -> String { "\(root)/\(volume)" }

  package func remove(_ path: String) throws {
    // Only what this type gave away is its to remove.
    guard path.hasPrefix(root + "/"), !path.contains("/../"), !path.hasSuffix("/..") else {
      throw CocoaError(.fileWriteNoPermission)
    }
    guard FileManager.default.fileExists(atPath: path) else { return }
    try FileManager.default.removeItem(atPath: path)
  }
}
