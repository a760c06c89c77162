package import JSONTree
package import KubernetesAPI

extension PrinterColumn {
  /// The column that names the object.
  package static let name = PrinterColumn(
    "Name", "Name of the object, unique for its type within a namespace.", format: "name")

  /// The column that tells how old the object is.
  package static let age = PrinterColumn("Age", "How long ago the object was stored first.")
}

/// Cells that every kind prints.
extension JSON {
  package var nameCell: JSON { .string(member("metadata").text("name")) }

  package func ageCell(now: Timestamp) -> JSON {
    .string(HumanDuration.text(since: self[path: "metadata", "creationTimestamp"], now: now))
  }
}

extension String {
  /// The text, or a placeholder where it is empty.
  func orIfEmpty(_ placeholder: String) -> String { isEmpty ? placeholder : self }
}
