/// Base64 with the URL alphabet and without padding (RFC 4648 section 5), as tokens are written.
func encodeBase64URL(_ bytes: some Collection<UInt8>) -> String {
  encodeBase64(bytes, last: "-_")
}

/// Base64 with padding (RFC 4648 section 4), as kubeconfig files have it.
func encodeBase64(_ bytes: some Collection<UInt8>) -> String {
  let text = encodeBase64(bytes, last: "+/")
  return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
}

private func encodeBase64(_ bytes: some Collection<UInt8>, last: String) -> String {
  let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
  let alphabet = Array((letters + last).utf8)
  var text: [UInt8] = []
  text.reserveCapacity((bytes.count * 4 + 2) / 3)
  var pending: UInt32 = 0
  var bits = 0
  for byte in bytes {
    pending = pending << 8 | UInt32(byte)
    bits += 8
    while bits >= 6 {
      bits -= 6
      text.append(alphabet[Int(pending >> UInt32(bits) & 0x3F)])
    }
  }
  if bits > 0 { text.append(alphabet[Int(pending << UInt32(6 - bits) & 0x3F)]) }
  return String(decoding: text, as: UTF8.self)
}

/// Nil for text that is no base64url; padding is accepted.
func decodeBase64URL(_ text: some StringProtocol) -> [UInt8]? {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.utf8.count * 3 / 4)
  var pending: UInt32 = 0
  var bits = 0
  var digits = Array(text.utf8)[...]
  while digits.last == UInt8(ascii: "=") { digits.removeLast() }
  guard digits.count % 4 != 1 else { return nil }
  for digit in digits {
    let value: UInt8
    switch digit {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = digit - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): value = digit - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0") + 52
    case UInt8(ascii: "-"): value = 62
    case UInt8(ascii: "_"): value = 63
    default: return nil
    }
    pending = pending << 6 | UInt32(value)
    bits += 6
    if bits >= 8 {
      bits -= 8
      bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
    }
  }
  return bytes
}
