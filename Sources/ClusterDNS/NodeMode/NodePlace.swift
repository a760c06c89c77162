import Foundation
package import KubernetesAPI
package import Logging
import Netlink

/// What a node needs before DNS can answer on its link-local address: an interface that has it, and
/// no connection tracking on the way.
package struct NodePlace: Sendable {
  /// The node could not be prepared.
  package struct Failure: Error, CustomStringConvertible {
    package var description: String
  }

  /// NodeLocal DNSCache's, which kubelets are told with `--cluster-dns`.
  package static let defaultAddress = IPAddress.v4(0xA9FE_140A)

  private let addresses: [SocketAddress]
  private let logger: Logger

  /// - Parameter addresses: where DNS will answer.
  package init(_ addresses: [SocketAddress], logger: Logger) {
    self.addresses = addresses
    self.logger = logger
  }

  /// Makes interface and table, in place of what is there.
  ///
  /// - Throws: ``Failure`` if the process may not, or the kernel or `nft` cannot.
  package func prepare() throws {
    do throws(NetlinkError) {
      try NodeInterface().add(addresses.map(\.address))
    } catch {
      throw Failure(description: "interface \(NodeInterface.name): \(error)")
    }
    try Self.nft(NotrackTable.text(addresses))
  }

  /// Removes both. What cannot be removed is logged: the server has ended all the same.
  package func restore() {
    do {
      try Self.nft(NotrackTable.removal)
      try NodeInterface().remove()
    } catch {
      logger.warning("cannot tidy up", metadata: ["reason": "\(error)"])
    }
  }

  /// Where Debian has it; a service's PATH may lack the folder.
  private static let program = "/usr/sbin/nft"

  private static func nft(_ input: String) throws(Failure) {
    let process = Process()
    let (standardInput, output) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["-f", "-"]
    process.standardInput = standardInput
    process.standardOutput = output
    process.standardError = output
    do {
      try process.run()
      // Shorter than a pipe's buffer: it does not wait for the reader.
      try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
      try standardInput.fileHandleForWriting.close()
    } catch {
      throw Failure(description: "\(program): \(error.localizedDescription)")
    }
    let said = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let lines = String(decoding: said, as: UTF8.self).split(separator: "\n")
      throw Failure(
        description: "\(program): \(lines.first ?? "exit status \(process.terminationStatus)")")
    }
  }
}
