import Glibc
import JSONTree
import KubernetesAPI

/// What the agent says about its Node.
struct NodeObject: Sendable {
  let name: String
  let addresses: [IPAddress]
  let podRanges: [CIDR]
  /// Where the agent answers logs, exec and the like; 0 for nowhere.
  let port: Int
  /// SHA-256 of the certificate of the server there, in hexadecimal digits.
  let fingerprint: String
  let version: String
  /// How many Pods the Node runs at once.
  let mostPods: Int

  /// By this annotation API servers know the agent's server.
  static let certificateAnnotation = "rollcall.local/agent-certificate"

  /// The object to be created.
  func json(now: Timestamp) -> JSON {
    var spec = JSONObject()
    if let first = podRanges.first {
      spec["podCIDR"] = .string(first.description)
      spec["podCIDRs"] = JSON(strings: podRanges.map(\.description))
    }
    return [
      "apiVersion": "v1", "kind": "Node",
      "metadata": [
        "name": .string(name), "labels": JSON(labels), "annotations": JSON(annotations),
      ],
      "spec": .object(spec), "status": status(now: now, known: nil),
    ]
  }

  var annotations: [String: String] {
    fingerprint.isEmpty ? [:] : [Self.certificateAnnotation: "sha256:" + fingerprint]
  }

  var labels: [String: String] {
    [
      "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
      "kubernetes.io/arch": Self.architecture, "beta.kubernetes.io/os": "linux",
      "beta.kubernetes.io/arch": Self.architecture,
    ]
  }

  private static var architecture: String {
    #if arch(arm64)
      "arm64"
    #else
      "amd64"
    #endif
  }

  /// - Parameter known: the Node's status as it is, whose times of change stay.
  func status(now: Timestamp, known: JSON?) -> JSON {
    var list = addresses.map { address -> JSON in
      ["type": "InternalIP", "address": .string(address.description)]
    }
    list.append(["type": "Hostname", "address": .string(name)])
    let resources: JSON = [
      "cpu": .string("\(sysconf(Int32(_SC_NPROCESSORS_ONLN)))"),
      "memory": .string("\(Self.memory / 1024)Ki"), "pods": .string("\(mostPods)"),
    ]
    var status: JSONObject = [
      "addresses": .array(list), "capacity": resources, "allocatable": resources,
      "conditions": .array(conditions(now: now, known: known)), "nodeInfo": info,
    ]
    // Written in any case, so that what an earlier agent said goes.
    status["daemonEndpoints"] = ["kubeletEndpoint": ["Port": .integer(Int64(port))]]
    return .object(status)
  }

  private func conditions(now: Timestamp, known: JSON?) -> [JSON] {
    let all = [
      ("MemoryPressure", "False", "KubeletHasSufficientMemory", "has sufficient memory available"),
      ("DiskPressure", "False", "KubeletHasNoDiskPressure", "has no disk pressure"),
      ("PIDPressure", "False", "KubeletHasSufficientPID", "has sufficient PID available"),
      ("Ready", "True", "KubeletReady", "is posting ready status"),
    ]
    return all.map { type, status, reason, message in
      let before = known?["conditions"]?.array?.first { $0["type"]?.string == type }
      let stays = before?["status"]?.string == status
      return [
        "type": .string(type), "status": .string(status), "reason": .string(reason),
        "message": .string("kubelet " + message),
        "lastHeartbeatTime": .string(now.description),
        "lastTransitionTime": (stays ? before?["lastTransitionTime"] : nil)
          ?? .string(now.description),
      ]
    }
  }

  private static var memory: Int64 {
    Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
  }

  private var info: JSON {
    [
      "machineID": .string(Self.line("/etc/machine-id")), "systemUUID": "",
      "bootID": .string(ProcessIdentity.currentBoot),
      "kernelVersion": .string(Self.line("/proc/sys/kernel/osrelease")),
      "osImage": .string(Self.systemName), "containerRuntimeVersion": "rollcall://\(version)",
      "kubeletVersion": "v1.33.0+rollcall", "kubeProxyVersion": "", "operatingSystem": "linux",
      "architecture": .string(Self.architecture),
    ]
  }

  private static func line(_ path: String) -> String {
    let bytes = (try? LinuxCall.read(path)) ?? []
    return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
  }

  private static var systemName: String {
    let bytes = (try? LinuxCall.read("/etc/os-release")) ?? []
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    let line = lines.first { $0.hasPrefix("PRETTY_NAME=") } ?? ""
    return line.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" }
  }
}
