/// Why a store could not answer. Equality looks at the code alone.
public struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: Sendable, Equatable {
    /// The revision asked for is older than what compaction has kept.
    case compacted
    /// The revision asked for has not been reached.
    case futureRevision
    /// The store was closed.
    case closed
    /// Another process holds the store.
    case locked
    /// The disk is full or cannot be written; nothing of the transaction was kept.
    case outOfSpace
    /// The file is no store of ours, or is damaged.
    case corrupt
    /// A newer version of this program wrote the file.
    case unsupportedVersion
    /// The transaction breaks a rule of `StoreTransaction`, such as writing a key twice.
    case invalidTransaction
    /// Anything else the storage said.
    case storage
  }

  public var code: Code
  public var message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }

  public static func == (left: StoreError, right: StoreError) -> Bool { left.code == right.code }
}
