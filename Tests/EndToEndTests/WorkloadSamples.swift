/// Workloads and storage, for `KubectlTests`.
enum WorkloadSamples {
  typealias Sample = EndToEnd.KubectlTests.Sample

  /// Those whose number of Pods can be changed by itself.
  static let scalable: Set<String> = ["deployments", "replicasets", "statefulsets"]

  static let all =
    ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"].map(workload) + [
      Sample(
        resource: "jobs",
        manifest: """
          apiVersion: batch/v1
          kind: Job
          metadata: {name: probe}
          spec:
            template:
              spec: {restartPolicy: Never, containers: [{name: main, image: none}]}
          """),
      Sample(
        resource: "controllerrevisions",
        manifest: """
          apiVersion: apps/v1
          kind: ControllerRevision
          metadata: {name: probe}
          revision: 1
          data: {spec: {replicas: 1}}
          """),
      Sample(
        resource: "persistentvolumeclaims",
        manifest: """
          apiVersion: v1
          kind: PersistentVolumeClaim
          metadata: {name: probe}
          spec:
            storageClassName: none
            accessModes: [ReadWriteOnce]
            resources: {requests: {storage: 1Gi}}
          """),
      Sample(
        resource: "persistentvolumes", isNamespaced: false,
        manifest: """
          apiVersion: v1
          kind: PersistentVolume
          metadata: {name: probe}
          spec:
            storageClassName: none
            accessModes: [ReadWriteOnce]
            capacity: {storage: 1Gi}
            hostPath: {path: /nowhere}
          """),
      Sample(
        resource: "storageclasses", isNamespaced: false,
        manifest: """
          apiVersion: storage.k8s.io/v1
          kind: StorageClass
          metadata: {name: probe}
          provisioner: example.org/nobody
          """),
    ]

  private static func workload(_ kind: String) -> Sample {
    Sample(
      resource: kind.lowercased() + "s",
      manifest: """
        apiVersion: apps/v1
        kind: \(kind)
        metadata: {name: probe}
        spec:
          selector: {matchLabels: {app: probe}}
          template:
            metadata: {labels: {app: probe}}
            spec: {containers: [{name: main, image: none}]}
        """)
  }
}
