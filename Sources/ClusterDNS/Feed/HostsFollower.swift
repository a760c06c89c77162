import Foundation
import KubernetesClient
import Logging

/// Keeps the hosts of a feed as their file has them.
struct HostsFollower: Sendable {
  /// What says that a file is another than before.
  private struct Version: Equatable {
    var modified: Date?
    var size: Int?
    var number: Int?
  }

  let configuration: HostsConfiguration
  let feed: ZoneFeed
  let time: TimeSource
  let logger: Logger

  /// Reads the file, and again whenever it has changed, until the task is cancelled. A file that
  /// cannot be read any more leaves the names as they were.
  func run() async {
    guard let path = configuration.file, configuration.reload > 0 else { return }
    var last = version(of: path)
    while !Task.isCancelled {
      do { try await time.sleep(.seconds(configuration.reload)) } catch { return }
      let version = version(of: path)
      if version != last, load() { last = version }
    }
  }

  /// Puts in what there is now; false if the file cannot be read.
  @discardableResult
  func load() -> Bool {
    var entries: [HostsEntry] = []
    var isRead = true
    if let path = configuration.file {
      let data = FileManager.default.contents(atPath: path)
      if let data, data.count <= HostsFile.largestFile {
        entries = HostsFile.entries(String(decoding: data, as: UTF8.self))
      } else {
        isRead = false
        logger.warning("the hosts file is not read", metadata: ["path": "\(path)"])
        if feed.hasHosts { return false }
      }
    }
    feed.setHosts(configuration, entries + configuration.entries)
    return isRead
  }

  private func version(of path: String) -> Version {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return Version(
      modified: attributes?[.modificationDate] as? Date,
      size: (attributes?[.size] as? NSNumber)?.intValue,
      number: (attributes?[.systemFileNumber] as? NSNumber)?.intValue)
  }
}
