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

  @Flag(
    help: ArgumentHelp(
      "Use the ServiceAccount of the Pod this runs in.",
      discussion: "Its token is read again as kubelet renews it."))
  var inCluster = false

  func validate() throws {
    if inCluster, kubeconfig != nil {
      throw ValidationError("--kubeconfig and --in-cluster exclude each other.")
    }
  }

  /// - Throws: `CommandFailure` with `configuration`.
  func configuration() throws -> HTTPTransport.Configuration {
    do {
      let environment = ProcessInfo.processInfo.environment
      return inCluster
        ? try HTTPTransport.Configuration.inCluster(environment: environment)
        : try HTTPTransport.Configuration.discover(
          kubeconfig: kubeconfig, environment: environment)
    } catch let error as ConfigurationError {
      throw CommandFailure(.configuration, "\(error)")
    }
  }

  /// - Throws: `CommandFailure` with `configuration`.
  func client(userAgent: String) throws -> KubernetesClient {
    let configuration = try configuration()
    do {
      return KubernetesClient(transport: try HTTPTransport(configuration), userAgent: userAgent)
    } catch let error as ConfigurationError {
      throw CommandFailure(.configuration, "\(error)")
    }
  }
}
