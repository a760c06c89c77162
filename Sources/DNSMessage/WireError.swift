/// Why bytes are not a DNS message, or a value has no wire form.
package enum WireError: Error, Equatable, Sendable {
  /// The message ends inside a field, or a record's data inside its length.
  case truncated
  /// A label longer than 63 bytes, a reserved label type, or a name longer than 255 bytes.
  case badName
  /// A compression pointer that does not point backwards.
  case badPointer
  /// Record data that does not have the form of its type.
  case badRecordData
  /// More than one OPT record, or one that is not owned by the root.
  case badOPT
  /// Bytes behind the last record.
  case trailingBytes
  /// The encoded message would exceed the limit.
  case tooLarge
}
