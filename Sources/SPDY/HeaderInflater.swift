import CZlib

/// Reads the compressed headers of one direction of a connection (draft 3.1, section 2.6.10).
final class HeaderInflater {
  /// Names and values of one frame together, and their number. More is a fault or an attack:
  /// compression makes much of little.
  static let longest = 32 << 10
  static let mostPairs = 64

  /// zlib keeps the stream's address, so that it must not move: it is ours alone, allocated in
  /// `init` and freed in `deinit`.
  private let stream: UnsafeMutablePointer<z_stream>
  private let isUsable: Bool

  init() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    isUsable =
      inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
  }

  deinit {
    if isUsable { inflateEnd(stream) }
    stream.deinitialize(count: 1)
    stream.deallocate()
  }

  /// The headers of a frame.
  func read(_ compressed: ArraySlice<UInt8>) throws(SPDYError) -> Headers {
    try Self.parse(try inflate(Array(compressed)))
  }

  private func inflate(_ compressed: [UInt8]) throws(SPDYError) -> [UInt8] {
    guard isUsable else { throw SPDYError("no memory for headers") }
    var input = compressed
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    var problem: SPDYError?
    // The pointers are zlib's for the length of the two closures only.
    input.withUnsafeMutableBufferPointer { source in
      stream.pointee.next_in = source.baseAddress
      stream.pointee.avail_in = UInt32(source.count)
      while problem == nil {
        let (code, count) = chunk.withUnsafeMutableBufferPointer { target in
          stream.pointee.next_out = target.baseAddress
          stream.pointee.avail_out = UInt32(target.count)
          let code = step()
          return (code, target.count - Int(stream.pointee.avail_out))
        }
        output += chunk[..<count]
        if output.count > Self.longest { problem = SPDYError("headers are too long") }
        if code != Z_OK, code != Z_BUF_ERROR { problem = SPDYError("headers are no zlib stream") }
        if count < chunk.count, stream.pointee.avail_in == 0 || code == Z_BUF_ERROR { break }
      }
      stream.pointee.next_in = nil
      stream.pointee.next_out = nil
    }
    if let problem { throw problem }
    return output
  }

  private func step() -> Int32 {
    let code = CZlib.inflate(stream, Z_SYNC_FLUSH)
    guard code == Z_NEED_DICT else { return code }
    let words = HeaderDictionary.bytes
    let given = inflateSetDictionary(stream, words, UInt32(words.count))
    return given == Z_OK ? CZlib.inflate(stream, Z_SYNC_FLUSH) : given
  }

  private static func parse(_ bytes: [UInt8]) throws(SPDYError) -> Headers {
    var rest = bytes[...]
    func number() throws(SPDYError) -> Int {
      guard rest.count >= 4 else { throw SPDYError("headers are cut off") }
      let value = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      return value
    }
    func text() throws(SPDYError) -> String {
      let count = try number()
      guard count <= rest.count else { throw SPDYError("headers are cut off") }
      defer { rest = rest.dropFirst(count) }
      return String(decoding: rest.prefix(count), as: UTF8.self)
    }
    let count = try number()
    guard count <= mostPairs else { throw SPDYError("\(count) headers are too many") }
    var headers = Headers()
    for _ in 0..<count {
      let name = try text()
      guard !name.isEmpty, headers[name] == nil else {
        throw SPDYError("a header has no name, or one that was there before")
      }
      headers.pairs.append((name, try text()))
    }
    return headers
  }
}
