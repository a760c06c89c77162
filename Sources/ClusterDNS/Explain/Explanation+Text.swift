// An explanation for people, in a terminal.
extension Explanation {
  package var text: String {
    var lines: [String] = []
    lines.append(
      "\(name) \(type), asked by \(asker): \(resolves ? "resolves" : "does not resolve")")
    if let likelyCause { lines.append("likely because: \(likelyCause.message)") }
    for note in notes { lines.append("  \(note.isCause ? "! " : "")\(note.message)") }
    if let viewAge { lines.append("  the server's view is at most \(viewAge) s old") }
    for candidate in candidates {
      lines.append("")
      var head = "\(candidate.name) \(type): \(candidate.outcome.rawValue)"
      if !candidate.responseCode.isEmpty { head += " (\(candidate.responseCode))" }
      if !candidate.isTried { head += ", not tried: a name before it is answered" }
      lines.append(head)
      for record in candidate.records { lines.append("    \(record)") }
      for source in candidate.sources {
        lines.append(
          "  from \(source.kind) \(source.key) at resourceVersion \(source.resourceVersion)")
      }
      for pod in candidate.pods {
        lines.append("  Pod \(pod.key): \(pod.isIn ? "in" : "out"), \(pod.reason)")
      }
      for finding in candidate.findings {
        lines.append("  \(finding.isCause ? "! " : "")\(finding.message)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
