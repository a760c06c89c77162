import JSONTree
import KubernetesAPI
import KubernetesClient
import Logging
import Telemetry
import Testing

@testable import APIServer

@Suite struct HTTPSServerTests {
  private let widgets = "/apis/test.io/v1/namespaces/default/widgets"

  /// Serves a test server on a free port for as long as a body takes.
  private func serving(
    _ body: @Sendable (TestServer, HTTPSServer, HTTPTransport) async throws -> Void
  ) async throws {
    let certificates = try ClusterCertificates(
      files: EphemeralFiles(),
      names: ServingNames(hosts: [], serviceAddresses: [], clusterDomain: "cluster.local"),
      now: ServerEnvironment.system.now())
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    try await TestServer.run { test in
      let https = HTTPSServer(
        configuration: .init(host: "127.0.0.1", port: 0, certificates: certificates),
        serving: test.server, logger: logger)
      let port = try await https.start()
      var configuration = HTTPTransport.Configuration(
        server: try #require(ServerAddress("https://127.0.0.1:\(port)")))
      configuration.certificateAuthority = Array(certificates.authority.utf8)
      configuration.credentials.certificate = (
        Array(certificates.admin.certificate.utf8), Array(certificates.admin.key.utf8)
      )
      let transport = try HTTPTransport(configuration)
      do {
        try await body(test, https, transport)
        await https.stop()
      } catch {
        await https.stop()
        throw error
      }
    }
  }

  @Test func theAdministratorComesInByCertificate() async throws {
    try await serving { _, _, transport in
      let object: JSON = ["metadata": ["name": "one"]]
      let created = await TestServer.Answer(
        try await transport.send(
          APIRequest(method: "POST", target: widgets, body: object.encoded())))
      #expect(created.code == 201)
      let read = await TestServer.Answer(
        try await transport.send(APIRequest(method: "GET", target: widgets + "/one")))
      #expect(read.json == created.json)
    }
  }

  @Test func drainingEndsWatchesAndClosesConnections() async throws {
    try await serving { test, https, transport in
      let response = try await transport.send(
        APIRequest(method: "GET", target: widgets + "?watch=true"))
      var watch = TestWatch(response)
      _ = await test.post(widgets, ["metadata": ["name": "one"]])
      #expect(try await watch.next()?.summary == "ADDED one")
      await https.stop()
      #expect(try await watch.next() == nil)
      #expect(https.connectionCount == 0)
    }
  }

  @Test func aPortInUseIsReported() async throws {
    try await serving { test, https, _ in
      let port = try await https.start()
      let second = HTTPSServer(
        configuration: .init(
          host: "127.0.0.1", port: port,
          certificates: try ClusterCertificates(
            files: EphemeralFiles(),
            names: ServingNames(hosts: [], serviceAddresses: [], clusterDomain: "cluster.local"),
            now: ServerEnvironment.system.now())),
        serving: test.server,
        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
      let failure = await #expect(throws: ListenFailure.self) { try await second.start() }
      #expect(failure?.code == .addressInUse)
      #expect(failure?.description == "127.0.0.1:\(port) is already in use")
    }
  }
}
