import Foundation
import JSONTree

/// One object of a manifest and where it stands.
struct ManifestDocument: Sendable, Equatable {
  var object: JSON
  /// `PATH` or `PATH (document N)`, for messages.
  var origin: String

  var apiVersion: String { object["apiVersion"]?.string ?? "" }
  var kind: String { object["kind"]?.string ?? "" }
  var name: String { object[path: "metadata", "name"]?.string ?? "" }
  var namespace: String? { object[path: "metadata", "namespace"]?.string }
}

/// Reads manifests before anything is started, so that a broken one starts nothing.
enum ManifestLoader {
  static let extensions: Set<String> = ["yaml", "yml", "json"]

  /// Every object under the paths: files as they are given, the YAML and JSON files of directories
  /// with all below them, in order of their names. `List` objects are taken apart.
  ///
  /// Namespaces and Nodes come first, as others live in them, then Services, so that their
  /// addresses are known when Pods start; the rest keeps its order.
  ///
  /// - Throws: `CommandFailure` with `noInput` or `dataError`, naming file and document.
  static func load(_ paths: [String]) throws -> [ManifestDocument] {
    let documents = try paths.flatMap { try files(at: $0) }.flatMap(documents(in:))
    let ranks = ["Namespace": 0, "Node": 1, "Service": 2]
    return documents.enumerated().sorted { left, right in
      (ranks[left.element.kind] ?? 3, left.offset) < (ranks[right.element.kind] ?? 3, right.offset)
    }.map(\.element)
  }

  private static func files(at path: String) throws -> [String] {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw CommandFailure(.noInput, "\(path): no such file or directory")
    }
    guard isDirectory.boolValue else { return [path] }
    guard let walker = FileManager.default.enumerator(atPath: path) else {
      throw CommandFailure(.noInput, "\(path): cannot be read")
    }
    let names = walker.compactMap { $0 as? String }.filter {
      extensions.contains(URL(fileURLWithPath: $0).pathExtension.lowercased())
    }
    guard !names.isEmpty else {
      throw CommandFailure(.noInput, "\(path): no .yaml, .yml or .json file in it")
    }
    return names.sorted().map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
  }

  private static func documents(in file: String) throws -> [ManifestDocument] {
    guard let data = FileManager.default.contents(atPath: file) else {
      throw CommandFailure(.noInput, "\(file): cannot be read")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw CommandFailure(.dataError, "\(file): not UTF-8 text")
    }
    let values: [JSON]
    do {
      values = try JSON.documents(yaml: text)
    } catch {
      throw CommandFailure(.dataError, "\(file): \(error)")
    }
    return try values.enumerated().flatMap { index, value in
      let origin = values.count == 1 ? file : "\(file) (document \(index + 1))"
      return try objects(in: value, origin: origin)
    }
  }

  private static func objects(in value: JSON, origin: String) throws -> [ManifestDocument] {
    if value.isNull { return [] }
    let document = ManifestDocument(object: value, origin: origin)
    guard value.object != nil else {
      throw CommandFailure(.dataError, "\(origin): not a Kubernetes object")
    }
    guard !document.apiVersion.isEmpty, !document.kind.isEmpty else {
      throw CommandFailure(
        .dataError, "\(origin): \(document.kind.isEmpty ? "kind" : "apiVersion") is not set")
    }
    if document.kind == "List", let items = value["items"]?.array {
      return try items.flatMap { try objects(in: $0, origin: origin) }
    }
    guard !document.name.isEmpty else {
      throw CommandFailure(.dataError, "\(origin): \(document.kind) without metadata.name")
    }
    return [document]
  }
}
