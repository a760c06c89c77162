public import JSONTree

/// An object that keeps Pods made from a template (apps/v1, batch/v1).
///
/// The views keep `spec` and `status` as they came: templates go into Pods and revisions whole.
public protocol Workload: KubernetesObject {
  var metadata: ObjectMeta { get set }
  var spec: JSON { get set }
  var status: JSON { get set }

  init(metadata: ObjectMeta, spec: JSON, status: JSON)
}

extension Workload {
  public init(json: JSON) {
    self.init(
      metadata: ObjectMeta(json: json["metadata"]), spec: json["spec"] ?? [:],
      status: json["status"] ?? [:])
  }

  public var json: JSON { envelope([("spec", spec), ("status", status)]) }

  /// The Pods that belong to the object, as far as labels say so.
  public var selector: LabelSelector { LabelSelector(json: spec["selector"] ?? [:]) }

  /// Whether there is a selector at all; one that is missing chooses nothing.
  public var hasSelector: Bool { !selector.isEmpty }

  /// A core/v1 PodTemplateSpec.
  public var template: JSON { spec["template"] ?? [:] }

  /// Number of Pods that should be.
  public var replicas: Int { count("replicas", default: 1) }

  /// Seconds a Pod must be ready before it counts as available.
  public var minReadySeconds: Int { count("minReadySeconds", default: 0) }

  /// Number of former revisions that are kept.
  public var revisionHistoryLimit: Int { count("revisionHistoryLimit", default: 10) }

  /// A number of the spec, bounded to what an int32 holds.
  public func count(_ name: String, default value: Int) -> Int {
    spec[name]?.integer.map { Int(Int32(clamping: $0)) } ?? value
  }

  /// A number of the status, 0 where it is absent.
  public func counted(_ name: String) -> Int {
    status[name]?.integer.map { Int(Int32(clamping: $0)) } ?? 0
  }

  public var observedGeneration: Int64 { status["observedGeneration"]?.integer ?? 0 }

  /// The condition of a type, as it stands.
  public func condition(_ type: String) -> JSON? {
    status["conditions"]?.array?.first { $0["type"]?.string == type }
  }
}

/// A number of Pods, or a percentage of all (util/intstr scaled values).
public struct PodAmount: Sendable, Equatable {
  public var value: IntOrString

  public init(_ value: IntOrString) { self.value = value }

  /// - Parameter fallback: what counts where the member is absent.
  public init(json: JSON?, default fallback: IntOrString) {
    value = IntOrString(json: json) ?? fallback
  }

  public enum Rounding: Sendable { case up, down }

  /// The number of Pods, of so many; 0 for what cannot be read.
  public func resolved(of total: Int, rounding: Rounding) -> Int {
    switch value {
    case .integer(let number): return Int(number)
    case .string(let text):
      guard text.hasSuffix("%"), let percent = Int(text.dropLast()), percent >= 0 else { return 0 }
      let (product, overflows) = total.multipliedReportingOverflow(by: percent)
      guard !overflows else { return total }
      return rounding == .up ? (product + 99) / 100 : product / 100
    }
  }
}
