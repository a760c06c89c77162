import JSONTree

extension ObjectSchema {
  static let probe = ObjectSchema(
    "io.k8s.api.core.v1.Probe",
    "A repeated check of a container; exactly one kind of check is set."
  ) {
    Field("exec", .object(.execAction), "Runs a command in the container.")
    Field(
      "failureThreshold", .int32, "Failures in a row that count as failed. Default is 3.",
      default: 3, empty: .dropped)
    Field("grpc", .object(.grpcAction), "Asks a gRPC health service.")
    Field("httpGet", .object(.httpGetAction), "Sends an HTTP request; 200 to 399 is success.")
    Field(
      "initialDelaySeconds", .int32, "Seconds from the start of the container to the first check.",
      empty: .dropped)
    Field(
      "periodSeconds", .int32, "Seconds between checks. Default is 10.", default: 10,
      empty: .dropped)
    Field(
      "successThreshold", .int32,
      "Successes in a row that count as recovered. Default is 1, and must be for "
        + "liveness and startup.", default: 1, empty: .dropped)
    Field("tcpSocket", .object(.tcpSocketAction), "Opens a TCP connection.")
    Field(
      "terminationGracePeriodSeconds", .int64,
      "Grace period when this probe's failure ends the container, instead of the Pod's. "
        + "Not for readiness.")
    Field(
      "timeoutSeconds", .int32, "Seconds a check may take. Default is 1.", default: 1,
      empty: .dropped)
  }

  static let lifecycle = ObjectSchema(
    "io.k8s.api.core.v1.Lifecycle",
    "What is run at turning points of a container."
  ) {
    Field(
      "postStart", .object(.lifecycleHandler),
      "Run right after the start; a failure ends the container.")
    Field("preStop", .object(.lifecycleHandler), "Run before the container is asked to stop.")
    Field(
      "stopSignal", .string,
      "Signal that asks the container to stop, instead of the image's; needs spec.os.",
      empty: .kept, goType: "v1.Signal")
  }

  static let lifecycleHandler = ObjectSchema(
    "io.k8s.api.core.v1.LifecycleHandler",
    "An action; exactly one member is set."
  ) {
    Field("exec", .object(.execAction), "Runs a command in the container.")
    Field("httpGet", .object(.httpGetAction), "Sends an HTTP request.")
    Field("sleep", .object(.sleepAction), "Waits.")
    Field(
      "tcpSocket", .object(.tcpSocketAction),
      "No longer supported here; kept so that old objects decode.")
  }

  static let execAction = ObjectSchema(
    "io.k8s.api.core.v1.ExecAction",
    "Runs a command in a container."
  ) {
    Field("command", .strings, "Program and arguments, without a shell. Exit status 0 is success.")
  }

  static let httpGetAction = ObjectSchema(
    "io.k8s.api.core.v1.HTTPGetAction",
    "Sends an HTTP GET request."
  ) {
    Field("host", .string, "Host to connect to. Default is the Pod's address.")
    Field("httpHeaders", .list(.object(.httpHeader)), "Headers of the request.")
    Field("path", .string, "Path to ask for. Default is a slash.", default: "/")
    Field("port", .intOrString, "Port by number, or by name of a container port.", required: true)
    Field(
      "scheme", .string, "HTTP (default) or HTTPS.", default: "HTTP", enum: ["HTTP", "HTTPS"],
      goType: "v1.URIScheme")
  }

  static let httpHeader = ObjectSchema(
    "io.k8s.api.core.v1.HTTPHeader",
    "A header of an HTTP request."
  ) {
    Field("name", .string, "Name of the header.", required: true, default: "")
    Field("value", .string, "Value of the header.", required: true, default: "")
  }

  static let tcpSocketAction = ObjectSchema(
    "io.k8s.api.core.v1.TCPSocketAction",
    "Opens a TCP connection."
  ) {
    Field("host", .string, "Host to connect to. Default is the Pod's address.")
    Field("port", .intOrString, "Port by number, or by name of a container port.", required: true)
  }

  static let grpcAction = ObjectSchema(
    "io.k8s.api.core.v1.GRPCAction",
    "Asks a gRPC health service."
  ) {
    Field("port", .int32, "Port of the service.", required: true, default: 0)
    Field(
      "service", .string, "Service name put into the request. Default is empty.", default: "",
      empty: .kept)
  }

  static let sleepAction = ObjectSchema(
    "io.k8s.api.core.v1.SleepAction",
    "Waits."
  ) {
    Field("seconds", .int64, "How long.", required: true, default: 0)
  }
}
