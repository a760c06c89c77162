import ArgumentParser
import Foundation
import NodeAgent

/// `rollcall down`: ends what `up` or `agent` left running.
struct DownCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "End all Pods of this machine and remove their network.",
    discussion: """
      Ends the processes of Pods and removes links, nftables tables and Pod directories, those of \
      a run that crashed, too. Objects, certificates and the volumes of claims stay in the data \
      directory.
      """)

  @Option(help: ArgumentHelp("The data directory of the plane.", valueName: "dir"))
  var dataDir: String?

  func run() throws {
    let path =
      dataDir
      ?? DataDirectory.defaultPath(
        environment: ProcessInfo.processInfo.environment, isRoot: geteuid() == 0)
    var pods = NodeCleanup.endPods(directory: path + "/node")
    do {
      pods += try NodeCleanup.endLeftovers()
      let links = try PodNetwork.removeAll()
      Terminal.writeLine("down pods=\(pods) links=\(links)")
    } catch {
      throw CommandFailure(.noPermission, "cannot remove the network of Pods: \(error)")
    }
  }
}
