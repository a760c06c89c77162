import CZlib

/// Compresses the headers of one direction of a connection (draft 3.1, section 2.6.10).
final class HeaderDeflater {
  /// zlib keeps the stream's address, so that it must not move: it is ours alone, allocated in
  /// `init` and freed in `deinit`.
  private let stream: UnsafeMutablePointer<z_stream>
  private let isUsable: Bool

  /// A window of 4 KiB and the least of tables: what is written is a handful of short replies.
  private static let windowBits: Int32 = 12
  private static let memoryLevel: Int32 = 1

  init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let words = HeaderDictionary.bytes
    isUsable =
      deflateInit2_(
        stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, Self.windowBits, Self.memoryLevel,
        Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
      && deflateSetDictionary(stream, words, UInt32(words.count)) == Z_OK
  }

  deinit {
    deflateEnd(stream)
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  func write(_ headers: Headers) throws(SPDYError) -> [UInt8] {
    var plain = FrameWriter.word(UInt32(headers.pairs.count))
    for (name, value) in headers.pairs {
      plain += FrameWriter.word(UInt32(name.utf8.count)) + Array(name.utf8)
      plain += FrameWriter.word(UInt32(value.utf8.count)) + Array(value.utf8)
    }
    guard isUsable else { throw SPDYError("no memory for headers") }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1024)
    var code = Z_OK
    // The pointers are zlib's for the length of the two closures only.
    plain.withUnsafeMutableBufferPointer { source in
      stream.pointee.next_in = source.baseAddress
      stream.pointee.avail_in = UInt32(source.count)
      var isFull = true
      while code == Z_OK, isFull {
        chunk.withUnsafeMutableBufferPointer { target in
          stream.pointee.next_out = target.baseAddress
          stream.pointee.avail_out = UInt32(target.count)
          code = deflate(stream, Z_SYNC_FLUSH)
          output += target[..<(target.count - Int(stream.pointee.avail_out))]
          isFull = stream.pointee.avail_out == 0
        }
      }
      stream.pointee.next_in = nil
      stream.pointee.next_out = nil
    }
    // With nothing left to flush after a full chunk zlib says so.
    guard code == Z_OK || code == Z_BUF_ERROR else { throw SPDYError("headers: zlib \(code)") }
    return output
  }
}
