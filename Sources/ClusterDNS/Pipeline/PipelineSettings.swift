import DNSMessage

/// What all pipelines of a server have in common beside the index.
///
/// Sendable because nothing writes to its memory after `init`.
final class PipelineSettings: @unchecked Sendable {
  /// What is set; nothing of it unless it is said.
  struct Choices: Sendable {
    /// Someone else answers for the names of other zones.
    var forwards = false
    /// Someone keeps queries for names that are about to exist.
    var holdsExpected = false
    /// Names below a Pod's own namespace are looked for on the rest of its search path.
    var completesSearchPaths = false
    /// What tells this server from its replicas (RFC 5001, RFC 4892); empty to keep it.
    var identity: [UInt8] = []
    /// What `version.bind` is answered with; empty to keep it.
    var version: [UInt8] = []
    /// Key of the cookies (RFC 9018); nil for none.
    var cookieSecret: CookieSecret?
    var limiter: ClientLimiter?
  }

  private let memory: UnsafeMutableRawPointer
  /// Kept for its view.
  private let limiter: ClientLimiter?
  let view: View

  /// Texts of more than 255 bytes are cut: they are one string of a TXT record.
  init(_ choices: Choices) {
    let identity = choices.identity.prefix(255)
    let version = choices.version.prefix(255)
    memory = .allocate(byteCount: 512, alignment: 8)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: 512)
    // In bounds: 255 bytes each.
    UnsafeMutableRawBufferPointer(start: memory, count: 255).copyBytes(from: identity)
    UnsafeMutableRawBufferPointer(start: memory + 256, count: 255).copyBytes(from: version)
    limiter = choices.limiter
    view = View(
      forwards: choices.forwards, holdsExpected: choices.holdsExpected,
      completesSearchPaths: choices.completesSearchPaths,
      identity: UnsafeRawPointer(memory), identityLength: identity.count,
      version: UnsafeRawPointer(memory) + 256, versionLength: version.count,
      hasCookies: choices.cookieSecret != nil,
      cookieSecret: choices.cookieSecret ?? CookieSecret(0, 0),
      limiter: choices.limiter?.view ?? ClientLimiter.View.none)
  }

  deinit { memory.deallocate() }

  /// Bare values and pointers, valid as long as the settings are.
  struct View {
    let forwards: Bool
    let holdsExpected: Bool
    let completesSearchPaths: Bool
    let identity: UnsafeRawPointer
    let identityLength: Int
    let version: UnsafeRawPointer
    let versionLength: Int
    let hasCookies: Bool
    let cookieSecret: CookieSecret
    let limiter: ClientLimiter.View
  }
}
