import JSONTree
import KubernetesAPI
import Logging

extension ClusterBootstrap {
  /// Keeps everything until the task is cancelled: what somebody deletes comes back, and what each
  /// new namespace is to have appears in it.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask {
        while !Task.isCancelled {
          await attempt("the cluster's own objects") { () throws(APIStatus) in
            try await ensure()
          }
          // Ends early when the task is cancelled, and so does the loop.
          try? await Task.sleep(for: Self.period)
        }
      }
      for path in [
        "/api/v1/namespaces?watch=true",
        "/api/v1/serviceaccounts?watch=true&fieldSelector=metadata.name%3Ddefault",
        "/api/v1/configmaps?watch=true&fieldSelector=metadata.name%3D\(Self.rootCertificates)",
        Self.rolesPath + "?watch=true",
      ] {
        group.addTask { await keep(path) }
      }
    }
  }

  /// As often as a kube-apiserver looks after its Service.
  private static let period = Duration.seconds(10)

  /// Follows objects and sees to the contents of each namespace they tell of.
  private func keep(_ path: String) async {
    while !Task.isCancelled {
      await server.waitUntilReady()
      let response = await server.respond(
        to: APIRequest(method: "GET", target: path),
        as: UserInfo(name: "system:apiserver", groups: [UserInfo.mastersGroup]))
      guard case .stream(let chunks) = response.body else { return }
      do {
        for try await chunk in chunks {
          for line in chunk.split(separator: UInt8(ascii: "\n")) {
            if let event = try? JSON(parsing: Array(line)) { await sync(event) }
          }
        }
      } catch {}  // The watch is begun anew.
      if server.isStopping { return }
    }
  }

  private func sync(_ event: JSON) async {
    let object = event["object"] ?? [:]
    if object["kind"] == "ClusterRole" {
      await attempt("roles made of roles") { () throws(APIStatus) in try await aggregateRoles() }
      return
    }
    let metadata = object["metadata"] ?? [:]
    let isNamespace = object["kind"] == "Namespace"
    let name = metadata[isNamespace ? "name" : "namespace"]?.string ?? ""
    let isGone = event["type"] == "DELETED"
    if isNamespace, isGone || metadata["deletionTimestamp"] != nil { return }
    // What is there is as it should be unless it is the certificates, which may have changed.
    if !isNamespace, !isGone, object["kind"] != "ConfigMap" { return }
    await attempt("the contents of namespace \(name)") { () throws(APIStatus) in
      do throws(APIStatus) {
        try await ensureContents(of: name)
      } catch  where error.code == 404 || error.code == 403 {
        return  // The namespace is going, or has gone.
      }
    }
  }

  private func attempt(_ what: String, _ body: () async throws(APIStatus) -> Void) async {
    do throws(APIStatus) {
      try await body()
    } catch {
      if !Task.isCancelled, error.code != 503 {
        logger.warning("cannot make \(what)", metadata: ["error": "\(error)"])
      }
    }
  }
}
