import JSONTree

// What the agent's server asks of a Pod.
extension PodWorker: HostedPod {
  func current() -> AgentPod {
    var json = pod.json
    var status = pod.status
    for member in PodStatus(
      facts: facts(), addresses: addresses, hostAddresses: context.hostAddresses
    ).json.object ?? [:] {
      status[member.key] = member.value
    }
    json["status"] = status
    return AgentPod(json: json)
  }

  nonisolated func logPath(_ container: String, attempt: Int64) -> String {
    "\(logDirectory(container))/\(attempt).log"
  }

  func networkProcess() -> Int32? { identity.flatMap { sandbox == nil ? nil : $0.pid } }
}
