import Testing

@testable import KubernetesClient

struct KubeConfigTests {
  private static let complete = """
    apiVersion: v1
    kind: Config
    current-context: main
    clusters:
    - name: c1
      cluster:
        server: https://10.0.0.1:6443/prefix/
        certificate-authority-data: Y2E=
        tls-server-name: kubernetes
    - name: c2
      cluster: {server: "http://[::1]:8080", certificate-authority: pki/ca.crt}
    users:
    - name: u1
      user: {client-certificate-data: Y2VydA==, client-key: /keys/u1.key}
    - name: u2
      user: {token: abc}
    - name: u3
      user: {token: abc, tokenFile: token}
    contexts:
    - {name: main, context: {cluster: c1, user: u1}}
    - {name: other, context: {cluster: c2, user: u2}}
    - {name: third, context: {cluster: c2, user: u3}}
    - {name: nobody, context: {cluster: c2}}
    """

  private func load(
    _ files: [String: String], _ paths: [String]? = nil
  ) throws -> KubeConfig {
    try KubeConfig(paths: paths ?? files.keys.sorted()) { path in
      guard let text = files[path] else { throw ConfigurationError("\(path): no such file") }
      return Array(text.utf8)
    }
  }

  private var files: [String: String] {
    [
      "/home/u/.kube/config": Self.complete, "/keys/u1.key": "key",
      "/home/u/.kube/pki/ca.crt": "other ca",
    ]
  }

  @Test func inlineDataAndFilesAreRead() throws {
    let config = try load(files, ["/home/u/.kube/config"])
    let main = try config.transport()
    #expect(main.server.description == "https://10.0.0.1:6443/prefix")
    #expect(main.certificateAuthority == Array("ca".utf8))
    #expect(main.serverName == "kubernetes")
    #expect(main.credentials.certificate?.chain == Array("cert".utf8))
    #expect(main.credentials.certificate?.key == Array("key".utf8))
    #expect(main.credentials.token == nil)

    let other = try config.transport(context: "other")
    #expect(other.server == ServerAddress("http://[::1]:8080"))
    #expect(other.server.host == "::1")
    #expect(other.certificateAuthority == Array("other ca".utf8))
    #expect(other.credentials.token == .literal("abc"))

    let third = try config.transport(context: "third")
    #expect(third.credentials.token == .file("/home/u/.kube/token"))
    #expect(try config.transport(context: "nobody").credentials.token == nil)
  }

  @Test func severalFilesMergeAndTheFirstWins() throws {
    let first = """
      clusters: [{name: c1, cluster: {server: "https://first"}}]
      contexts: [{name: mine, context: {cluster: c1, user: u2}}]
      """
    let config = try load(["/1": first, "/2": Self.complete], ["/1", "/2"])
    #expect(config.currentContext == "main")
    let mine = try config.transport(context: "mine")
    #expect(mine.server.description == "https://first:443")
    #expect(mine.credentials.token == .literal("abc"))
  }

  @Test(
    arguments: [
      ("", nil, "current-context is not set"),
      ("a: [", nil, "yaml: line"),
      ("- a", nil, "this is no kubeconfig file"),
      ("kind: Pod", nil, "this is no kubeconfig file"),
      ("clusters: [{name: x}]", nil, "lacks its name or its cluster"),
      (complete, "missing", "there is no context \"missing\""),
      (
        "contexts: [{name: a, context: {cluster: c}}]", "a",
        "names the cluster \"c\", which is not defined"
      ),
      (
        """
        clusters: [{name: c, cluster: {server: "https://h"}}]
        contexts: [{name: a, context: {cluster: c, user: u}}]
        """, "a", "names the user \"u\", which is not defined"
      ),
      (
        """
        clusters: [{name: c, cluster: {server: "ftp://h"}}]
        contexts: [{name: a, context: {cluster: c}}]
        """, "a", "server \"ftp://h\" is no URL"
      ),
      (
        """
        clusters: [{name: c, cluster: {server: "https://h"}}]
        contexts: [{name: a, context: {cluster: c, user: u}}]
        users: [{name: u, user: {exec: {command: aws}}}]
        """, "a", "a credential plugin (exec), which is not supported"
      ),
      (
        """
        clusters: [{name: c, cluster: {server: "https://h"}}]
        contexts: [{name: a, context: {cluster: c, user: u}}]
        users: [{name: u, user: {client-certificate-data: Y2E=}}]
        """, "a", "needs both client-certificate and client-key"
      ),
      (
        """
        clusters: [{name: c, cluster: {server: "https://h", certificate-authority-data: "*"}}]
        contexts: [{name: a, context: {cluster: c}}]
        """, "a", "certificate-authority-data is no base64"
      ),
      (
        """
        clusters: [{name: c, cluster: {server: "https://h", certificate-authority: ca.pem}}]
        contexts: [{name: a, context: {cluster: c}}]
        """, "a", "/dir/ca.pem: no such file"
      ),
    ] as [(String, String?, String)])
  func problemsAreNamed(text: String, context: String?, problem: String) {
    let error = #expect(throws: ConfigurationError.self) {
      _ = try load(["/dir/config": text]).transport(context: context)
    }
    #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
    #expect(error?.message.hasPrefix("/dir/") == true, "\(error?.message ?? "")")
  }

  @Test func theEnvironmentIsAskedInOrder() throws {
    let directory = HTTPTransport.Configuration.serviceAccountDirectory
    let files = [
      "/a": Self.complete.replacing("10.0.0.1", with: "a"),
      "/b": Self.complete.replacing("10.0.0.1", with: "b"), "/keys/u1.key": "key",
      directory + "/token": "secret\n", directory + "/ca.crt": "cluster ca",
    ]
    let read: @Sendable (String) throws -> [UInt8] = { path in
      guard let text = files[path] else { throw ConfigurationError("\(path): no such file") }
      return Array(text.utf8)
    }
    let pod = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
    let all = pod.merging(["KUBECONFIG": "/b"]) { $1 }
    func server(_ path: String?, _ environment: [String: String]) throws -> String {
      try HTTPTransport.Configuration.discover(
        kubeconfig: path, environment: environment, readFile: read
      ).server.host
    }
    #expect(try server("/a", all) == "a")
    #expect(try server(nil, all) == "b")
    #expect(try server(nil, pod) == "fd00::1")
    #expect(throws: ConfigurationError.self) { try server(nil, [:]) }
    #expect(throws: ConfigurationError("/none: no such file")) { try server("/none", all) }

    let inCluster = try HTTPTransport.Configuration.inCluster(environment: pod, readFile: read)
    #expect(inCluster.credentials.token == .file(directory + "/token"))
    #expect(inCluster.certificateAuthority == Array("cluster ca".utf8))
  }

  @Test func missingFilesAreNamedByTheRealReaderToo() {
    #expect(throws: ConfigurationError("/nonexistent/config: no such file")) {
      try KubeConfig(paths: ["/nonexistent/config"])
    }
  }
}

struct Base64Tests {
  @Test(
    arguments: [
      ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9v\nYmFy\n", "foobar"),
      ("Zm9vYmE=", "fooba"), ("+/+/", nil), ("Zg=", nil), ("Zg", nil), ("Z", nil),
      ("Zg==Zg==", nil),
      ("Zm9-", nil),
    ] as [(String, String?)])
  func textsDecode(text: String, decoded: String?) {
    let bytes = Base64.decode(text)
    if text == "+/+/" {
      #expect(bytes == [0xFB, 0xFF, 0xBF])
    } else {
      #expect(bytes == decoded.map { Array($0.utf8) })
    }
  }
}

struct ServerAddressTests {
  @Test(arguments: [
    ("https://host", "https://host:443"), ("http://host/", "http://host:80"),
    ("host:6443", "https://host:6443"), ("HTTPS://[fd00::1]:1/a/b//", "https://[fd00::1]:1/a/b"),
    ("https://1.2.3.4:65535", "https://1.2.3.4:65535"),
  ])
  func addressesAreRead(text: String, canonical: String) {
    #expect(ServerAddress(text)?.description == canonical)
  }

  @Test(arguments: [
    "", "https://", "ftp://host", "https://host:0", "https://host:65536", "https://host:x",
    "https://user@host", "https://host?a", "https://[::1", "https://[::1]x", "https://a:1:2",
  ])
  func otherTextsAreNone(text: String) { #expect(ServerAddress(text) == nil) }
}
