import JSONTree
import KubernetesAPI

extension PrinterColumn {
  static let containers = PrinterColumn(
    "Containers", "Names of the containers of the Pod template.", priority: 1)
  static let images = PrinterColumn(
    "Images", "Images of the containers of the Pod template.", priority: 1)
  static let selector = PrinterColumn(
    "Selector", "Which Pods belong to the object.", priority: 1)
}

extension JSON {
  /// Cells for the columns `containers` and `images`, of a workload.
  var templateCells: [JSON] {
    let containers = member("spec").member("template").member("spec").items("containers")
    return [
      .string(containers.map { $0.text("name") }.joined(separator: ",")),
      .string(containers.map { $0.text("image") }.joined(separator: ",")),
    ]
  }

  /// The cell for the column `selector`.
  var selectorCell: JSON {
    .string(
      member("spec")["selector"].map { SelectorText.of($0).orIfEmpty("<none>") } ?? "<none>")
  }
}

/// Label selectors in the form of queries, as clients read them in a Scale and in tables.
enum SelectorText {
  /// Sorted by key, as Kubernetes writes them.
  static func of(_ selector: JSON) -> String {
    var parts: [(key: String, text: String)] = []
    for label in selector.members("matchLabels") {
      parts.append((label.key, "\(label.key)=\(label.value.string ?? "")"))
    }
    for expression in selector.items("matchExpressions") {
      let key = expression.text("key")
      let values = expression.items("values").compactMap(\.string).sorted()
        .joined(separator: ",")
      let text =
        switch expression.text("operator") {
        case "NotIn": "\(key) notin (\(values))"
        case "Exists": key
        case "DoesNotExist": "!\(key)"
        default: "\(key) in (\(values))"
        }
      parts.append((key, text))
    }
    return parts.sorted { $0.key < $1.key }.map(\.text).joined(separator: ",")
  }
}
