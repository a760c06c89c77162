import NIOSSL

/// The certificate the encrypted transports show, read from PEM files.
package struct TLSIdentity: Sendable, Equatable {
  /// The server's certificate, then those that lead to its authority.
  package var certificateFile: String
  package var keyFile: String

  package init(certificateFile: String, keyFile: String) {
    self.certificateFile = certificateFile
    self.keyFile = keyFile
  }

  /// - Parameter protocols: the application protocols offered (ALPN), best first.
  /// - Throws: an error of NIOSSL if a file cannot be read, or the two do not belong together.
  func context(protocols: [String]) throws -> NIOSSLContext {
    let chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
    let key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = protocols
    return try NIOSSLContext(configuration: configuration)
  }
}
