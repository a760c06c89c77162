import Foundation
import Testing

extension EndToEnd {
  /// Pods that run, in namespaces of the test's own.
  @Suite(
    .enabled(
      if: Kubectl.isInstalled && Tool.find("busybox") != nil && UserNamespaces.areAllowed,
      "needs kubectl, busybox and user namespaces"),
    .serialized)
  struct PodsTests {
    private func pod(_ name: String, on node: String, _ command: String) -> String {
      """
      {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\(name)"}, "spec": {
        "nodeName": "\(node)", "restartPolicy": "Never", "terminationGracePeriodSeconds": 1,
        "containers": [{"name": "main", "image": "busybox",
          "command": ["busybox", "sh", "-c", "\(command)"]}]}}
      """
    }

    @Test func aPodFindsItsNamesAndGoesWithoutTrace() async throws {
      let plane = try await Plane(["--rootless"])
      var node = ""
      try await eventually("the Node registers", within: .seconds(60)) {
        let list = try await plane.kubectl(.newest, "get", "nodes", "-o", "name")
        node = list.lines.first.map { String($0.dropFirst("node/".count)) } ?? ""
        return !node.isEmpty
      }
      let command =
        "(cat /etc/resolv.conf; busybox nslookup kubernetes.default.svc.cluster.local) "
        + "> /dev/termination-log; exit 3"
      let made = try await plane.kubectl(
        .newest, "create", "-f", "-", input: pod("looks", on: node, command))
      try #require(made.status == 0, "\(made.errors)")
      try await eventually("the Pod fails", within: .seconds(60)) {
        try await plane.kubectl(
          .newest, "get", "pod", "looks", "-o", "jsonpath={.status.phase}"
        ).output == "Failed"
      }
      let ended = try await plane.kubectl(
        .newest, "get", "pod", "looks", "-o",
        "jsonpath={.status.containerStatuses[0].state.terminated.exitCode} "
          + "{.status.containerStatuses[0].state.terminated.message}")
      #expect(ended.output.hasPrefix("3 search default.svc.cluster.local svc.cluster.local"))
      #expect(ended.output.contains("nameserver 10.96.0.10"))
      #expect(ended.output.contains("options ndots:5"))
      #expect(ended.output.contains("10.96.0.1\n"), "\(ended.output)")

      _ = try await plane.kubectl(
        .newest, "create", "-f", "-", input: pod("stays", on: node, "exec busybox sleep 9000"))
      try await eventually("the Pod is ready", within: .seconds(60)) {
        try await plane.kubectl(
          .newest, "get", "pod", "stays", "-o",
          "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
        ).output == "True"
      }
      let deleted = try await plane.kubectl(
        .newest, "delete", "pod", "looks", "stays", "--timeout=60s")
      #expect(deleted.status == 0, "\(deleted.errors)")
      // The object goes first, its directory right after it.
      try await eventually("nothing of the Pods is left") {
        try FileManager.default.contentsOfDirectory(atPath: plane.dataDirectory + "/node/pods")
          .isEmpty
      }
      #expect(plane.stop() == 0)
    }
  }
}

/// What this machine lets tests do.
enum UserNamespaces {
  static let areAllowed: Bool = {
    guard let unshare = Tool.find("unshare") else { return false }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: unshare)
    process.arguments = ["-Urnmpf", "--mount-proc", "true"]
    process.standardError = FileHandle.nullDevice
    do {
      try Tool.start(process)
    } catch {
      return false
    }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()
}
