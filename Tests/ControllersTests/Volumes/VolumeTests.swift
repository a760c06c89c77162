import Foundation
import JSONTree
import KubernetesAPI
import Testing

@testable import Controllers

struct VolumeTests {
  private func claim(_ size: String = "1Gi", className: String? = "fast") -> PersistentVolumeClaim {
    var spec: JSONObject = [
      "accessModes": ["ReadWriteOnce"],
      "resources": ["requests": ["storage": .string(size)]],
    ]
    spec["storageClassName"] = className.map { .string($0) }
    return PersistentVolumeClaim(
      metadata: WorkloadSample.metadata("data"), spec: .object(spec))
  }

  private func volume(
    _ name: String, _ size: String, className: String = "fast", claim: JSON? = nil,
    phase: String = "Available"
  ) -> PersistentVolume {
    var spec: JSONObject = [
      "accessModes": ["ReadWriteOnce", "ReadOnlyMany"], "storageClassName": .string(className),
      "capacity": ["storage": .string(size)],
    ]
    spec["claimRef"] = claim
    return PersistentVolume(
      metadata: ObjectMeta(name: name), spec: .object(spec), status: ["phase": .string(phase)])
  }

  @Test func theSmallestVolumeThatFitsIsTaken() {
    let volumes = [
      volume("huge", "100Gi"), volume("small", "500Mi"), volume("right", "2Gi"),
      volume("other", "1Gi", className: "slow"), volume("taken", "1Gi", phase: "Bound"),
      volume("left", "1Gi", phase: "Released"),
    ]
    #expect(VolumeMatch.best(for: claim(), of: volumes, on: nil)?.metadata.name == "right")
    #expect(VolumeMatch.best(for: claim("1Ti"), of: volumes, on: nil) == nil)
    #expect(VolumeMatch.best(for: claim(className: ""), of: volumes, on: nil) == nil)
  }

  @Test func aVolumeMeantForTheClaimComesFirst() {
    let meant = volume("meant", "50Gi", claim: ["namespace": "default", "name": "data"])
    let others = volume("others", "1Gi", claim: ["namespace": "default", "name": "other"])
    let best = VolumeMatch.best(for: claim(), of: [volume("free", "1Gi"), meant, others], on: nil)
    #expect(best?.metadata.name == "meant")
  }

  @Test func aMadeVolumeIsADirectoryOnTheNodeOfThePod() {
    let provisioner = VolumeProvisioner(directories: LocalVolumeDirectories(root: "/data/volumes"))
    var node = Node(metadata: ObjectMeta(name: "node-1"))
    node.metadata.labels[Node.hostnameLabel] = "host-1"
    let made = provisioner.volume(
      for: claim(), of: VolumeProvisioner.storageClass, on: node)
    #expect(made.metadata.name == "pvc-uid-data")
    #expect(made.hostPath == "/data/volumes/pvc-uid-data")
    #expect(made.reclaimPolicy == "Delete")
    #expect(made.isFor(claim()))
    #expect(made.isReachable(from: node))
    #expect(!made.isReachable(from: Node(metadata: ObjectMeta(name: "node-2"))))
    #expect(VolumeMatch.fits(made, claim(className: VolumeProvisioner.className)))
  }

  @Test func onlyDirectoriesThatWereGivenAreRemoved() throws {
    let root = NSTemporaryDirectory() + "/volumes-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    let directories = LocalVolumeDirectories(root: root)
    let path = directories.path(of: "pvc-1")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try directories.remove(path)
    #expect(!FileManager.default.fileExists(atPath: path))
    try directories.remove(path)
    for outside in ["/etc", root, root + "/../x", root + "/.."] {
      #expect(throws: (any Error).self) { try directories.remove(outside) }
    }
  }
}

struct ControllerSelectionTests {
  @Test(arguments: [
    ("*", "a", true), ("*,-a", "a", false), ("*,-a", "b", true), ("a,b", "b", true),
    ("a, b", "b", true), ("a", "b", false), ("", "a", false),
  ])
  func namesSelect(text: String, name: String, isSelected: Bool) {
    #expect(ControllerSelection(text).contains(name) == isSelected)
  }
}
