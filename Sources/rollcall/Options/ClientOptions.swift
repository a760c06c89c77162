import ArgumentParser
import Foundation
import KubernetesClient

/// How a role finds its API server.
struct ClientOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "kubeconfig of the API server.",
      discussion: "Default: $KUBECONFIG, else the ServiceAccount of the Pod this runs in.",
      valueName: "file"))
  var kubeconfig: String?

  /// - Throws: `CommandFailure` with `configuration`.
  func client(userAgent: String) throws -> KubernetesClient {
    do {
      let configuration = try HTTPTransport.Configuration.discover(
        kubeconfig: kubeconfig, environment: ProcessInfo.processInfo.environment)
      return KubernetesClient(transport: try HTTPTransport(configuration), userAgent: userAgent)
    } catch let error as ConfigurationError {
      throw CommandFailure(.configuration, "\(error)")
    }
  }
}
