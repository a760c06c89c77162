import Foundation
import Testing

extension EndToEnd {
  /// Pods that cannot do what they are asked for: state and events are what Kubernetes would give.
  @Suite(
    .enabled(
      if: Kubectl.isInstalled && Tool.find("busybox") != nil && UserNamespaces.areAllowed,
      "needs kubectl, busybox and user namespaces"),
    .serialized)
  struct TroubledPodsTests {
    private static let state = "{.status.containerStatuses[0].state."

    /// A Pod of one container, given as the members of its object, with more members of the spec.
    private func create(
      _ name: String, _ container: String, more: String = "", _ plane: Plane
    ) async throws {
      let manifest = """
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\(name)"}, "spec": {\(more)
          "terminationGracePeriodSeconds": 1,
          "containers": [{"name": "main", "image": "busybox", \(container)}]}}
        """
      let made = try await plane.kubectl(.newest, "create", "-f", "-", input: manifest)
      try #require(made.status == 0, "\(made.errors)")
    }

    private func awaitEvent(_ pod: String, _ text: String, _ plane: Plane) async throws {
      try await eventually("an event of \(pod) says: \(text)", within: .seconds(30)) {
        try await plane.kubectl(.newest, "events", "--for", "pod/\(pod)").output.contains(text)
      }
    }

    @Test func whatCannotStartSaysWhy() async throws {
      let plane = try await Plane(["--rootless"])
      try await create("lost", #""command": ["/no/such/program"]"#, plane)
      try await create("denied", #""command": ["/etc/passwd"]"#, plane)
      try await create("imageless", #""args": ["-x"]"#, plane)
      try await create(
        "keyless",
        #""command": ["true"], "env": [{"name": "A", "valueFrom": {"configMapKeyRef": "#
          + #"{"name": "none", "key": "a"}}}]"#, plane)
      let reason = #"exec: "/no/such/program": stat /no/such/program: No such file or directory"#
      try await awaitEvent("lost", #"Error: failed to start container "main": "# + reason, plane)
      try await awaitEvent("denied", "Permission denied", plane)
      for pod in ["lost", "denied"] {
        try await awaitEvent(pod, "Back-off restarting failed container main in pod \(pod)_", plane)
        let last = "{.status.containerStatuses[0].lastState.terminated."
        #expect(
          try await plane.pod(pod, last + "reason} " + last + "exitCode}") == "StartError 128")
      }
      try await eventually("the one without a command waits", within: .seconds(20)) {
        try await plane.pod("imageless", Self.state + "waiting.reason}") == "ErrImageNeverPull"
      }
      try await eventually("the one without its ConfigMap waits", within: .seconds(20)) {
        try await plane.pod("keyless", Self.state + "waiting.reason}")
          == "CreateContainerConfigError"
      }
      #expect(
        try await plane.pod("keyless", Self.state + "waiting.message}")
          == #"configmap "none" not found"#)
      try await awaitEvent("keyless", #"Error: configmap "none" not found"#, plane)
      #expect(plane.stop() == 0)
    }

    @Test func whatKeepsCrashingIsBackedOff() async throws {
      let plane = try await Plane(["--rootless"])
      try await create(
        "crashes",
        #""command": ["busybox", "sh", "-c", "echo so it ends >&2; exit 7"], "#
          + #""terminationMessagePolicy": "FallbackToLogsOnError""#, plane)
      try await eventually("it is backed off", within: .seconds(20)) {
        try await plane.pod("crashes", Self.state + "waiting.reason}") == "CrashLoopBackOff"
      }
      let message = try await plane.pod("crashes", Self.state + "waiting.message}")
      #expect(
        message.hasPrefix("back-off 10s restarting failed container=main pod=crashes_default("))
      let last = "{.status.containerStatuses[0].lastState.terminated."
      #expect(
        try await plane.pod("crashes", last + "reason} " + last + "exitCode} " + last + "message}")
          == "Error 7 so it ends\n")
      #expect(try await plane.pod("crashes", "{.status.phase}") == "Running")
      #expect(
        try await plane.pod("crashes", "{.status.containerStatuses[0].restartCount}") == "1")
      try await awaitEvent("crashes", "Back-off restarting failed container main", plane)
      // Ten seconds later it is tried again, and waits for twice as long then.
      try await eventually("the next back-off is longer", within: .seconds(30)) {
        try await plane.pod("crashes", Self.state + "waiting.message}").hasPrefix("back-off 20s ")
      }
      #expect(
        try await plane.pod("crashes", "{.status.containerStatuses[0].restartCount}") == "2")
      #expect(plane.stop() == 0)
    }

    @Test func probesThatHangFail() async throws {
      let plane = try await Plane(["--rootless"])
      let hang = #"{"exec": {"command": ["busybox", "sleep", "1000"]}, "timeoutSeconds": 1, "#
      try await create(
        "unready",
        #""command": ["busybox", "sleep", "86400"], "readinessProbe": "# + hang
          + #""periodSeconds": 1}"#, plane)
      try await create(
        "unlive",
        #""command": ["busybox", "sleep", "86400"], "livenessProbe": "# + hang
          + #""periodSeconds": 1, "failureThreshold": 2}"#, plane)
      let failure = #"probe failed: command "busybox sleep 1000" timed out"#
      try await awaitEvent("unready", "Readiness " + failure, plane)
      #expect(try await !plane.isReady("unready"))
      #expect(
        try await plane.pod("unready", "{.status.conditions[?(@.type=='Ready')].message}")
          == "containers with unready status: [main]")
      try await awaitEvent("unlive", "Liveness " + failure, plane)
      try await awaitEvent(
        "unlive", "Container main failed liveness probe, will be restarted", plane)
      try await eventually("it is restarted", within: .seconds(30)) {
        try await plane.pod("unlive", "{.status.containerStatuses[0].restartCount}") == "1"
      }
      #expect(plane.stop() == 0)
    }

    @Test func volumesThatCannotBeMountedHoldTheirPodBack() async throws {
      let plane = try await Plane(["--rootless"])
      func volume(_ source: String) -> String { #""volumes": [{"name": "v", \#(source)}],"# }
      let mounts =
        #""command": ["busybox", "sleep", "86400"], "#
        + #""volumeMounts": [{"name": "v", "mountPath": "/v"}]"#
      try await create(
        "map", mounts, more: volume(#""configMap": {"name": "late"}"#), plane)
      try await create(
        "path", mounts,
        more: volume(#""hostPath": {"path": "/no/such", "type": "Directory"}"#), plane)
      try await create(
        "claim", mounts, more: volume(#""persistentVolumeClaim": {"claimName": "none"}"#), plane)
      let failed = #"MountVolume.SetUp failed for volume "v" : "#
      try await awaitEvent("map", failed + #"configmap "late" not found"#, plane)
      try await awaitEvent(
        "path", failed + "hostPath type check failed: /no/such is not a directory", plane)
      try await awaitEvent("claim", #"persistentvolumeclaim "none" not found"#, plane)
      for pod in ["map", "path"] {
        #expect(try await plane.pod(pod, Self.state + "waiting.reason}") == "ContainerCreating")
      }
      let late = try await plane.kubectl(
        .newest, "create", "configmap", "late", "--from-literal=a=1")
      #expect(late.status == 0)
      try await plane.awaitReady(["map"], within: .seconds(30))
      #expect(plane.stop() == 0)
    }
  }
}
