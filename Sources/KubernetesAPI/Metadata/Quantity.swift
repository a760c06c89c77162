/// An amount with a unit (api/resource Quantity): `500m`, `1.5Gi`, `1e3`.
///
/// A value is kept exactly, down to 10⁻⁹; what is finer is rounded away from zero, as in
/// Kubernetes. Amounts beyond 10³⁸ units of their last digit saturate.
public struct Quantity: Sendable, CustomStringConvertible {
  /// How the amount was written, which decides how it is written again.
  public enum Format: Sendable, Hashable {
    /// Powers of 1024: `Ki`, `Mi`, …
    case binarySI
    /// Powers of 1000: `n`, `u`, `m`, nothing, `k`, `M`, …
    case decimalSI
    /// `e3`, `E-6`.
    case decimalExponent
  }

  /// Why a text is no quantity, in the words of Kubernetes.
  public enum ParseError: Error, Sendable, Hashable, CustomStringConvertible {
    case format
    case number
    case suffix

    public var description: String {
      switch self {
      case .format:
        "quantities must match the regular expression "
          + "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
      case .number: "unable to parse numeric part of quantity"
      case .suffix: "unable to parse quantity's suffix"
      }
    }
  }

  /// The amount is `digits` × 10^`scale`; `scale` is at least -9.
  private var digits: Int128
  private var scale: Int
  public private(set) var format: Format
  /// The text it was read from, where Kubernetes keeps that instead of the canonical form.
  private var spelling: String?

  public init(_ value: Int64, format: Format = .decimalSI) {
    digits = Int128(value)
    scale = 0
    self.format = format
  }

  /// Reads the text as Kubernetes' ParseQuantity does.
  public init(parsing text: String) throws(ParseError) {
    let parts = try QuantityParts(text)
    guard let unit = QuantityUnit(suffix: parts.suffix) else { throw .suffix }
    let shifted = parts.whole + parts.fraction
    var digits = Int128(0)
    for digit in shifted {
      let (tens, overflowed) = digits.multipliedReportingOverflow(by: 10)
      let (next, alsoOverflowed) = tens.addingReportingOverflow(Int128(digit))
      digits = overflowed || alsoOverflowed ? .max : next
    }
    format = unit.format
    scale = unit.format == .binarySI ? 0 : unit.exponent
    let keepsSpelling =
      switch unit.format {
      case .binarySI:
        parts.fraction.isEmpty && digits & 7 != 0
          && shifted.count <= 14 - unit.exponent * 3 / 10
      default:
        (scale - parts.fraction.count) % 3 == 0 && scale - parts.fraction.count >= -9
          && shifted.suffix(3) != [0, 0, 0] && shifted.first != 0 && shifted.count <= 18
      }
    if unit.format == .binarySI {
      let (product, overflowed) = digits.multipliedReportingOverflow(by: 1 << unit.exponent)
      digits = overflowed ? .max : product
    }
    self.digits = digits
    scale -= parts.fraction.count
    limit()
    if parts.isNegative { self.digits = -self.digits }
    if keepsSpelling { spelling = text }
  }

  /// Rounds up to 10⁻⁹, and caps binary amounts, where even small fractions change the format.
  private mutating func limit() {
    while scale < -9, digits != 0 {
      digits = digits / 10 + (digits % 10 == 0 ? 0 : 1)
      scale += 1
    }
    if digits == 0 { scale = 0 }
    guard format == .binarySI, digits != 0 else { return }
    if Self.isLess((Int128(Int64.max), 0), (digits, scale)) {
      digits = Int128(Int64.max)
      scale = 0
    }
    if Self.isLess((digits, scale), (1, 0)) { format = .decimalSI }
  }

  // MARK: Reading

  public var isZero: Bool { digits == 0 }

  /// The amount rounded up (away from zero), saturated to 64 bits.
  public var value: Int64 { scaled(by: 0) }

  /// Thousandths, rounded up (away from zero), saturated to 64 bits.
  public var milliValue: Int64 { scaled(by: 3) }

  /// Rounded away from zero to thousandths, as core/v1 does with every ResourceList.
  public var roundedUpToThousandths: Quantity {
    guard scale < -3 else { return self }
    var rounded = self
    rounded.spelling = nil
    while rounded.scale < -3 {
      rounded.digits = rounded.digits / 10 + Int128((rounded.digits % 10).signum())
      rounded.scale += 1
    }
    return rounded
  }

  private func scaled(by power: Int) -> Int64 {
    var digits = digits
    var scale = scale + power
    while scale > 0, digits != 0 {
      let (next, overflowed) = digits.multipliedReportingOverflow(by: 10)
      if overflowed { return digits < 0 ? .min : .max }
      digits = next
      scale -= 1
    }
    while scale < 0, digits != 0 {
      digits = digits / 10 + Int128((digits % 10).signum())
      scale += 1
    }
    return Int64(clamping: digits)
  }

  /// The canonical text: no more than three digits before a unit where possible, no fraction.
  public var description: String {
    if let spelling { return spelling }
    if digits == 0 { return "0" }
    if format == .binarySI, let text = binaryDescription { return text }
    var (mantissa, exponent) = Self.reduced(digits, scale)
    let unit =
      format == .decimalExponent ? exponent.flooredToThree : min(exponent.flooredToThree, 18)
    while exponent > unit {
      let (next, overflowed) = mantissa.multipliedReportingOverflow(by: 10)
      if overflowed { break }
      mantissa = next
      exponent -= 1
    }
    if format == .decimalExponent {
      return exponent == 0 ? String(mantissa) : "\(mantissa)e\(exponent)"
    }
    return String(mantissa) + (QuantityUnit.decimalSuffix(of: exponent) ?? "e\(exponent)")
  }

  /// With a binary unit; nil for a small or fractional amount, which is written in decimal.
  private var binaryDescription: String? {
    var (mantissa, exponent) = Self.reduced(digits, scale)
    guard exponent >= 0 else { return nil }
    while exponent > 0 {
      let (next, overflowed) = mantissa.multipliedReportingOverflow(by: 10)
      if overflowed { return nil }
      mantissa = next
      exponent -= 1
    }
    guard mantissa.magnitude >= 1024 else { return nil }
    var unit = 0
    while mantissa % 1024 == 0, unit < QuantityUnit.binary.count - 1 {
      mantissa /= 1024
      unit += 1
    }
    return String(mantissa) + QuantityUnit.binary[unit]
  }

  /// Without trailing zeros in the digits.
  private static func reduced(_ digits: Int128, _ scale: Int) -> (Int128, Int) {
    var (digits, scale) = (digits, scale)
    while digits != 0, digits % 10 == 0 {
      digits /= 10
      scale += 1
    }
    return (digits, scale)
  }

  private static func isLess(_ left: (Int128, Int), _ right: (Int128, Int)) -> Bool {
    var (left, right) = (reduced(left.0, left.1), reduced(right.0, right.1))
    if left.0.signum() != right.0.signum() || left.0 == 0 {
      return left.0.signum() < right.0.signum()
    }
    while left.1 > right.1 {
      let (next, overflowed) = left.0.multipliedReportingOverflow(by: 10)
      if overflowed { return left.0 < 0 }
      left = (next, left.1 - 1)
    }
    while right.1 > left.1 {
      let (next, overflowed) = right.0.multipliedReportingOverflow(by: 10)
      if overflowed { return right.0 > 0 }
      right = (next, right.1 - 1)
    }
    return left.0 < right.0
  }
}

extension Quantity: Comparable {
  public static func < (left: Quantity, right: Quantity) -> Bool {
    isLess((left.digits, left.scale), (right.digits, right.scale))
  }

  /// By amount, whatever the spelling.
  public static func == (left: Quantity, right: Quantity) -> Bool {
    reduced(left.digits, left.scale) == reduced(right.digits, right.scale)
  }
}

extension Quantity {
  /// The sum, written in the format of the left amount.
  public static func + (left: Quantity, right: Quantity) -> Quantity {
    if left.isZero { return right }
    if right.isZero { return left }
    var (fine, coarse) = left.scale <= right.scale ? (left, right) : (right, left)
    while coarse.scale > fine.scale {
      let (next, overflowed) = coarse.digits.multipliedReportingOverflow(by: 10)
      coarse.digits = overflowed ? (coarse.digits < 0 ? .min : .max) : next
      coarse.scale -= 1
    }
    let (sum, overflowed) = fine.digits.addingReportingOverflow(coarse.digits)
    fine.digits = overflowed ? (left.digits < 0 ? .min : .max) : sum
    fine.format = left.format
    fine.spelling = nil
    return fine
  }
}

extension Int {
  /// The largest multiple of three that is not larger.
  fileprivate var flooredToThree: Int {
    let remainder = self % 3
    return self - (remainder < 0 ? remainder + 3 : remainder)
  }
}

/// The unit behind a number.
private struct QuantityUnit {
  var format: Quantity.Format
  /// Of two for binary units, else of ten.
  var exponent: Int

  static let binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
  private static let decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]

  init?(suffix: String) {
    if let index = Self.decimal.firstIndex(of: suffix) {
      format = .decimalSI
      exponent = index * 3 - 9
    } else if let index = Self.binary.firstIndex(of: suffix) {
      format = .binarySI
      exponent = index * 10
    } else if suffix.count > 1, suffix.first == "e" || suffix.first == "E",
      let value = Int16(suffix.dropFirst())
    {
      format = .decimalExponent
      exponent = Int(value)
    } else {
      return nil
    }
  }

  static func decimalSuffix(of exponent: Int) -> String? {
    let index = (exponent + 9) / 3
    return exponent % 3 == 0 && decimal.indices.contains(index) ? decimal[index] : nil
  }
}

/// A quantity's text cut into sign, digits and suffix.
private struct QuantityParts {
  var isNegative = false
  /// Digits before the point, without leading zeros; a single 0 if there are none.
  var whole: [UInt8]
  var fraction: [UInt8] = []
  var suffix = ""

  init(_ text: String) throws(Quantity.ParseError) {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty else { throw .format }
    var offset = 0
    func digits() -> [UInt8] {
      let start = offset
      while offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset]) {
        offset += 1
      }
      return bytes[start..<offset].map { $0 - UInt8(ascii: "0") }
    }
    if bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+") {
      isNegative = bytes[0] == UInt8(ascii: "-")
      offset = 1
    }
    whole = Array(digits().drop { $0 == 0 })
    if whole.isEmpty { whole = [0] }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      offset += 1
      fraction = digits()
    }
    let start = offset
    while offset < bytes.count, "eEinumkKMGTP".utf8.contains(bytes[offset]) { offset += 1 }
    if offset < bytes.count, "+-".utf8.contains(bytes[offset]) { offset += 1 }
    _ = digits()
    guard offset == bytes.count else { throw .format }
    suffix = String(decoding: bytes[start...], as: UTF8.self)
  }
}
