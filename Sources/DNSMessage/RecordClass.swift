/// The class of a record or question (RFC 1035 section 3.2.4). An open set.
package struct RecordClass: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt16

  @_noLocks
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The Internet.
  package static var internet: RecordClass { @_noLocks get { RecordClass(rawValue: 1) } }
  /// Chaosnet, whose `version.bind` and `id.server` names describe servers.
  package static var chaos: RecordClass { @_noLocks get { RecordClass(rawValue: 3) } }
  /// Any class; only in questions.
  package static var any: RecordClass { @_noLocks get { RecordClass(rawValue: 255) } }
}
