import ArgumentParser

/// The encrypted ways to ask.
struct EncryptionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Address to answer DNS over TLS on. May be given again.", valueName: "host:port"))
  var tlsListen: [ListenAddress] = []

  @Option(
    help: ArgumentHelp(
      "Address to answer DNS over HTTPS on, at /dns-query. May be given again.",
      valueName: "host:port"))
  var httpsListen: [ListenAddress] = []

  @Option(
    help: ArgumentHelp("PEM file of the server's certificate and its chain.", valueName: "file"))
  var tlsCertificate: String?

  @Option(help: ArgumentHelp("PEM file of the certificate's key.", valueName: "file"))
  var tlsKey: String?

  func validate() throws {
    let hasBoth = tlsCertificate != nil && tlsKey != nil
    if !tlsListen.isEmpty || !httpsListen.isEmpty, !hasBoth {
      throw ValidationError(
        "--tls-listen and --https-listen need --tls-certificate and --tls-key.")
    }
  }
}
