import APIServer
import JSONTree
import KubernetesAPI
import Testing

@Suite struct StaticDocumentTests {
  private let document = StaticDocument(["a": 1])

  @Test func `a document is named by its hash`() {
    #expect(document.hash.count == 64)
    #expect(document.hash == StaticDocument(["a": 1]).hash)
    #expect(document.hash != StaticDocument(["a": 2]).hash)
    let response = document.response(to: [:], cacheControl: "no-cache")
    #expect(response.status == 200)
    #expect(
      response.headers == [
        "etag": "\"\(document.hash)\"", "cache-control": "no-cache", "vary": "Accept",
        "content-type": "application/json",
      ])
  }

  @Test func `a client that has it is told so`() {
    let etag = "\"\(document.hash)\""
    for known in [etag, "W/" + etag, "\"x\", " + etag, "*"] {
      #expect(document.response(to: ["if-none-match": known]).status == 304)
    }
    for other in ["\"x\"", document.hash, ""] {
      #expect(document.response(to: ["if-none-match": other]).status == 200)
    }
  }
}
