import CRollcallLinux
import Glibc
package import JSONTree

/// What agent and sandbox say to each other: one JSON object in each message of a sequenced-packet
/// socket, with file descriptors beside it where streams are handed over.
package struct ControlMessage {
  package var body: JSON
  /// Owned by whoever holds the message.
  package var descriptors: [Int32]

  /// Larger things go through files.
  static let longest = 64 << 10
  static let mostDescriptors = 4

  package init(_ body: JSON, descriptors: [Int32] = []) {
    self.body = body
    self.descriptors = descriptors
  }

  /// Throws `LinuxError` if the other end is gone. The descriptors stay ours.
  func send(to socket: Int32) throws(LinuxError) {
    var bytes = body.encoded()
    var control = Self.controlBytes(descriptors)
    try LinuxCall.check("send") {
      bytes.withUnsafeMutableBytes { data in
        control.withUnsafeMutableBytes { ancillary in
          var vector = iovec(iov_base: data.baseAddress, iov_len: data.count)
          return withUnsafeMutablePointer(to: &vector) { vector in
            var header = msghdr()
            header.msg_iov = vector
            header.msg_iovlen = 1
            if !ancillary.isEmpty {
              header.msg_control = ancillary.baseAddress
              header.msg_controllen = ancillary.count
            }
            return sendmsg(socket, &header, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
          }
        }
      }
    }
  }

  /// The next message; nil when the other end has closed.
  static func receive(from socket: Int32) throws(LinuxError) -> ControlMessage? {
    var bytes = [UInt8](repeating: 0, count: longest)
    var control = [UInt8](repeating: 0, count: controlBytes([0, 0, 0, 0]).count)
    var controlLength = 0
    let count = try LinuxCall.check("receive") {
      bytes.withUnsafeMutableBytes { data in
        control.withUnsafeMutableBytes { ancillary in
          var vector = iovec(iov_base: data.baseAddress, iov_len: data.count)
          return withUnsafeMutablePointer(to: &vector) { vector in
            var header = msghdr()
            header.msg_iov = vector
            header.msg_iovlen = 1
            header.msg_control = ancillary.baseAddress
            header.msg_controllen = ancillary.count
            let result = recvmsg(socket, &header, Int32(truncatingIfNeeded: MSG_CMSG_CLOEXEC))
            controlLength = Int(header.msg_controllen)
            return result
          }
        }
      }
    }
    let descriptors = Self.descriptors(control.prefix(controlLength))
    if count == 0 { return nil }
    guard let body = try? JSON(parsing: Array(bytes[..<count])) else {
      for descriptor in descriptors { close(descriptor) }
      throw LinuxError(number: EBADMSG, what: "receive")
    }
    return ControlMessage(body, descriptors: descriptors)
  }

  /// One SCM_RIGHTS (cmsg(3)): a header, then the descriptors, padded to eight bytes.
  private static func controlBytes(_ descriptors: [Int32]) -> [UInt8] {
    guard !descriptors.isEmpty else { return [] }
    let headerSize = MemoryLayout<rollcall_cmsghdr>.size
    let length = headerSize + 4 * descriptors.count
    let header = rollcall_cmsghdr(length: length, level: SOL_SOCKET, type: 1)
    var bytes = withUnsafeBytes(of: header) { Array($0) }
    for descriptor in descriptors { withUnsafeBytes(of: descriptor) { bytes += $0 } }
    while bytes.count % 8 != 0 { bytes.append(0) }
    return bytes
  }

  private static func descriptors(_ bytes: ArraySlice<UInt8>) -> [Int32] {
    let headerSize = MemoryLayout<rollcall_cmsghdr>.size
    guard bytes.count >= headerSize else { return [] }
    return bytes.withUnsafeBytes { raw in
      let header = raw.loadUnaligned(as: rollcall_cmsghdr.self)
      let end = min(Int(header.length), raw.count)
      guard header.level == SOL_SOCKET, header.type == 1, end > headerSize else { return [] }
      return stride(from: headerSize, to: end - 3, by: 4).map {
        raw.loadUnaligned(fromByteOffset: $0, as: Int32.self)
      }
    }
  }
}
