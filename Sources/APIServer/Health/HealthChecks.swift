import KubernetesAPI
import ObjectStore

extension APIServer {
  /// One thing that must be well.
  private struct HealthCheck {
    var name: String
    /// Whether it bears on `/livez` and `/healthz`, and not only on readiness.
    var isVital: Bool
    var isWell: Bool
  }

  /// `/healthz`, `/livez`, `/readyz` and, below them, single checks; nil for other paths.
  ///
  /// The pages are those of a kube-apiserver: `ok`, or with `?verbose` and on failure a line for
  /// each check.
  func health(_ segments: [String], _ query: Query) async -> APIResponse? {
    guard let root = segments.first, ["healthz", "livez", "readyz"].contains(root) else {
      return nil
    }
    let checks = await healthChecks().filter { $0.isVital || root == "readyz" }
    if segments.count > 1 {
      guard segments.count == 2, let check = checks.first(where: { $0.name == segments[1] }) else {
        return .pageNotFound
      }
      return check.isWell ? .text(200, "ok") : .text(500, "internal server error: check failed\n")
    }
    let excluded = Set(query.all("exclude"))
    var page = ""
    var isWell = true
    for check in checks {
      if excluded.contains(check.name) {
        page += "[+]\(check.name) excluded: ok\n"
      } else if check.isWell {
        page += "[+]\(check.name) ok\n"
      } else {
        isWell = false
        page += "[-]\(check.name) failed: reason withheld\n"
      }
    }
    guard isWell else { return .text(500, page + "\(root) check failed\n") }
    return .text(200, query.first("verbose") == nil ? "ok" : page + "\(root) check passed\n")
  }

  private func healthChecks() async -> [HealthCheck] {
    var storeAnswers = true
    do throws(StoreError) {
      _ = try await core.store.currentRevision()
    } catch {
      storeAnswers = false
    }
    return [
      HealthCheck(name: "ping", isVital: true, isWell: true),
      HealthCheck(name: "store", isVital: true, isWell: storeAnswers),
      HealthCheck(name: "caches-synced", isVital: false, isWell: isReady),
      HealthCheck(name: "shutdown", isVital: false, isWell: !isStopping),
    ]
  }
}
