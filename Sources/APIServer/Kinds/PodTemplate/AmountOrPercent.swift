import JSONTree

/// A number of Pods, stated as such or as a percentage of all (`maxSurge`, `maxUnavailable`).
struct AmountOrPercent {
  var value: JSON

  init(_ value: JSON?) { self.value = value ?? 0 }

  /// The number before the percent sign; nil for what is no percentage.
  var percent: Int? {
    guard let text = value.string, Format.percent(text).isEmpty else { return nil }
    return Int(text.dropLast())
  }

  /// The number, of Pods or of hundredths.
  var amount: Int { percent ?? value.integer.map { Int($0) } ?? 0 }
}

extension FieldChecks {
  /// A number that is not negative, or a percentage.
  mutating func positiveAmount(_ amount: AmountOrPercent, at path: FieldPath) {
    switch amount.value {
    case .string(let text):
      for problem in Format.percent(text) { invalid(path, amount.value, problem) }
    case .integer(let number): notNegative(number, at: path)
    default: invalid(path, amount.value, "must be an integer or percentage (e.g '5%%')")
    }
  }

  mutating func atMostAll(_ amount: AmountOrPercent, at path: FieldPath) {
    if let percent = amount.percent, percent > 100 {
      invalid(path, amount.value, "must not be greater than 100%")
    }
  }
}
