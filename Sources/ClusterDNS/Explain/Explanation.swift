package import JSONTree
package import KubernetesAPI

/// Why a name resolves, or does not, as seen by a client that asks for it.
package struct Explanation: Sendable, Equatable {
  /// What was asked, as it was written.
  package var name: String
  package var type: String
  /// Who is taken to ask.
  package var asker: String
  /// What holds whatever is asked: where the search path comes from, how old the view is.
  package var notes: [Finding]
  /// The names a resolver tries, in its order.
  package var candidates: [Candidate]
  /// Seconds since the view was known to be current; nil if it was just taken.
  package var viewAge: Int64?

  /// Whether one of the names is answered with what was asked for.
  package var resolves: Bool { candidates.contains { $0.outcome == .answer } }

  /// What is most likely wrong: of all causes the one that says most, of equals the first; nil if
  /// the name resolves.
  package var likelyCause: Finding? {
    if resolves { return nil }
    let causes = notes.filter(\.isCause) + candidates.flatMap { $0.findings.filter(\.isCause) }
    let best = causes.map(\.weight).max()
    return causes.first { $0.weight == best }
  }
}

extension Explanation {
  /// One name of the search path: question, answer, and why.
  package struct Candidate: Sendable, Equatable {
    package enum Outcome: String, Sendable {
      /// Records of the type.
      case answer
      /// The name exists without records of the type.
      case noData = "no data"
      /// The name does not exist.
      case noName = "no such name"
      /// The name is not of the cluster's domain: the servers upstream decide.
      case outside = "not of the cluster"
      /// It is no domain name, and is never asked.
      case invalid = "not a domain name"
    }

    package var name: String
    package var outcome: Outcome
    /// Whether a resolver comes to it: none does behind a name that is answered.
    package var isTried: Bool
    /// `NOERROR` and so on; empty where nothing was asked.
    package var responseCode = ""
    /// Records as text.
    package var records: [String] = []
    package var sources: [Source] = []
    package var pods: [PodVerdict] = []
    package var findings: [Finding] = []
  }

  /// An object answers come from.
  package struct Source: Sendable, Equatable {
    package var kind: String
    package var key: ObjectKey
    package var resourceVersion: String
  }

  /// Whether a Pod is in the answer of its Service, and why.
  package struct PodVerdict: Sendable, Equatable {
    package var key: ObjectKey
    package var isIn: Bool
    package var reason: String
  }

  /// One thing that was found out.
  package struct Finding: Sendable, Equatable {
    package var code: Code
    package var message: String

    package var isCause: Bool { code.isCause }

    /// That something is not there says less than what is there instead.
    var weight: Int {
      switch code {
      case .noService, .noEndpoint, .noSelectedPods: 1
      case .noNamespace: message.contains("near:") ? 2 : 0
      default: 3
      }
    }
  }

  /// What findings are about, for machines.
  package enum Code: String, Sendable, CaseIterable {
    // Notes.
    case searchPath, viewAge, publishesNotReady, alias, expected, outside, hostNetwork
    // Causes.
    case noNamespace, noService, similarName, otherNamespace, statefulSetServiceName
    case noSelectedPods, labelDiffers, notReady, noAddress, notScheduled, terminated, terminating
    case noSlices, wrongSubdomain, noHostname, noEndpoint, noPort, otherProtocol, unnamedPort
    case externalNameIsAddress, externalNameDangling, externalNameInvalid, noClusterIP
    case searchPathTooShort, trailingDot, labelTooLong, otherFamily, otherType, missingSvc
    case dnsPolicy, podRecordsDisabled, podAddressUnknown, noSelector

    package var isCause: Bool {
      switch self {
      case .searchPath, .viewAge, .publishesNotReady, .alias, .expected, .outside, .hostNetwork:
        false
      default: true
      }
    }
  }
}

extension Explanation {
  package var json: JSON {
    var object: JSONObject = [
      "name": .string(name), "type": .string(type), "asker": .string(asker),
      "resolves": .bool(resolves), "notes": .array(notes.map(\.json)),
      "candidates": .array(candidates.map(\.json)),
    ]
    object["likelyCause"] = likelyCause?.json
    object["viewAgeSeconds"] = viewAge.map { .integer($0) }
    return .object(object)
  }
}

extension Explanation.Finding {
  package var json: JSON {
    [
      "code": .string(code.rawValue), "cause": .bool(isCause), "message": .string(message),
    ]
  }
}

extension Explanation.Candidate {
  package var json: JSON {
    [
      "name": .string(name), "outcome": .string(outcome.rawValue), "tried": .bool(isTried),
      "responseCode": .string(responseCode), "records": JSON(strings: records),
      "sources": .array(
        sources.map {
          [
            "kind": .string($0.kind), "namespace": .string($0.key.namespace),
            "name": .string($0.key.name), "resourceVersion": .string($0.resourceVersion),
          ]
        }),
      "pods": .array(
        pods.map {
          [
            "namespace": .string($0.key.namespace), "name": .string($0.key.name),
            "in": .bool($0.isIn), "reason": .string($0.reason),
          ]
        }),
      "findings": .array(findings.map(\.json)),
    ]
  }
}
