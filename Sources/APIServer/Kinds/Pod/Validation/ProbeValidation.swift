import JSONTree
import KubernetesAPI

extension FieldChecks {
  /// Hooks and probes of a container that lasts.
  mutating func lifecycle(_ container: JSON, _ context: PodContext, at path: FieldPath) {
    if let lifecycle = container["lifecycle"] {
      let path = path.child("lifecycle")
      for hook in ["postStart", "preStop"] {
        guard let handler = lifecycle[hook] else { continue }
        self.handler(handler, context, at: path.child(hook))
      }
      if let signal = lifecycle["stopSignal"]?.string {
        stopSignal(signal, context, at: path.child("stopSignal"))
      }
    }
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
      guard let probe = container[kind] else { continue }
      let path = path.child(kind)
      self.probe(probe, context, at: path)
      if kind == "readinessProbe" {
        if let seconds = probe["terminationGracePeriodSeconds"] {
          invalid(
            path.child("terminationGracePeriodSeconds"), seconds,
            "must not be set for readinessProbes")
        }
      } else if probe.number("successThreshold") != 1 {
        invalid(
          path.child("successThreshold"), .integer(probe.number("successThreshold")), "must be 1")
      }
    }
  }

  private mutating func probe(_ probe: JSON, _ context: PodContext, at path: FieldPath) {
    handler(probe, context, at: path)
    let numbers = [
      "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold",
      "failureThreshold",
    ]
    for field in numbers { notNegative(probe.number(field), at: path.child(field)) }
    if let seconds = probe["terminationGracePeriodSeconds"]?.integer, seconds <= 0 {
      invalid(
        path.child("terminationGracePeriodSeconds"), .integer(seconds), "must be greater than 0")
    }
  }

  /// One action, of a probe or of a hook.
  private mutating func handler(_ handler: JSON, _ context: PodContext, at path: FieldPath) {
    var isStated = false
    for kind in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
      guard let action = handler[kind] else { continue }
      let path = path.child(kind)
      if isStated {
        forbidden(path, "may not specify more than 1 handler type")
        continue
      }
      isStated = true
      switch kind {
      case "exec":
        if action.items("command").isEmpty { required(path.child("command")) }
      case "httpGet": httpGet(action, at: path)
      case "sleep": sleep(action.number("seconds"), context, at: path)
      default: portNumberOrName(action["port"], at: path.child("port"))
      }
    }
    if !isStated { required(path, "must specify a handler type") }
  }

  private mutating func httpGet(_ action: JSON, at path: FieldPath) {
    if action.text("path").isEmpty { required(path.child("path")) }
    portNumberOrName(action["port"], at: path.child("port"))
    oneOf(["HTTP", "HTTPS"], action.text("scheme"), at: path.child("scheme"))
    for header in action.items("httpHeaders") {
      format(header.text("name"), at: path.child("httpHeaders"), Format.httpHeaderName)
    }
  }

  /// A port by number or by name; an absent one is number 0.
  mutating func portNumberOrName(_ port: JSON?, at path: FieldPath) {
    if let name = port?.string {
      format(name, at: path, Format.portName)
    } else {
      format(port?.integer ?? 0, at: path, Format.port)
    }
  }

  private mutating func sleep(_ seconds: Int64, _ context: PodContext, at path: FieldPath) {
    guard let gracePeriod = context.gracePeriod, seconds < 0 || seconds > gracePeriod else {
      return
    }
    invalid(
      path, .integer(seconds),
      "must be non-negative and less than terminationGracePeriodSeconds (\(gracePeriod))")
  }

  private mutating func stopSignal(
    _ signal: String, _ context: PodContext, at path: FieldPath
  ) {
    switch context.spec.member("os").text("name") {
    case "": forbidden(path, "may not be set for containers with empty `spec.os.name`")
    case "windows": oneOf(["SIGKILL", "SIGTERM"], signal, at: path)
    case "linux": oneOf(Self.linuxSignals, signal, at: path)
    default: break
    }
  }

  private static let linuxSignals: [String] = {
    let named = [
      "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT",
      "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM",
      "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
      "RTMIN", "RTMAX",
    ]
    return (named + (1...15).map { "RTMIN+\($0)" } + (1...14).map { "RTMAX-\($0)" })
      .map { "SIG" + $0 }
  }()
}
