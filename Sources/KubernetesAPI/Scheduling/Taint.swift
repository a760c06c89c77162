public import JSONTree

/// A mark on a Node that keeps Pods away unless they tolerate it (core/v1 Taint).
public struct Taint: Sendable, Hashable {
  public static let notReady = "node.kubernetes.io/not-ready"
  public static let unreachable = "node.kubernetes.io/unreachable"
  public static let unschedulable = "node.kubernetes.io/unschedulable"

  public var key: String
  public var value: String
  /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
  public var effect: String
  public var timeAdded: Timestamp?

  public init(key: String, value: String = "", effect: String, timeAdded: Timestamp? = nil) {
    self.key = key
    self.value = value
    self.effect = effect
    self.timeAdded = timeAdded
  }

  public init(json: JSON) {
    key = json["key"]?.string ?? ""
    value = json["value"]?.string ?? ""
    effect = json["effect"]?.string ?? ""
    timeAdded = json["timeAdded"]?.string.flatMap(Timestamp.init)
  }

  public var json: JSON {
    var object: JSONObject = ["key": .string(key), "effect": .string(effect)]
    object["value"] = JSON(nonEmpty: value)
    object["timeAdded"] = timeAdded.map { .string($0.description) }
    return .object(object)
  }
}

/// A taint a Pod accepts (core/v1 Toleration).
public struct Toleration: Sendable, Hashable {
  /// Empty for every key.
  public var key: String
  public var isExists: Bool
  public var value: String
  /// Empty for every effect.
  public var effect: String
  /// How long a NoExecute taint is tolerated; nil for ever.
  public var seconds: Int64?

  public init(
    key: String, isExists: Bool = true, value: String = "", effect: String = "",
    seconds: Int64? = nil
  ) {
    self.key = key
    self.isExists = isExists
    self.value = value
    self.effect = effect
    self.seconds = seconds
  }

  public init(json: JSON) {
    key = json["key"]?.string ?? ""
    isExists = json["operator"]?.string == "Exists"
    value = json["value"]?.string ?? ""
    effect = json["effect"]?.string ?? ""
    seconds = json["tolerationSeconds"]?.integer
  }

  public var json: JSON {
    var object = JSONObject()
    object["key"] = JSON(nonEmpty: key)
    object["operator"] = isExists ? "Exists" : "Equal"
    object["value"] = JSON(nonEmpty: value)
    object["effect"] = JSON(nonEmpty: effect)
    object["tolerationSeconds"] = seconds.map { .integer($0) }
    return .object(object)
  }

  public func tolerates(_ taint: Taint) -> Bool {
    if !effect.isEmpty, effect != taint.effect { return false }
    if !key.isEmpty, key != taint.key { return false }
    if key.isEmpty, !isExists { return false }
    return isExists || value == taint.value
  }
}
