import FakeAPIServer
import KubernetesAPI
import Testing

@testable import Controllers

struct OwnWritesTests {
  private let time = ManualTime()
  private let key = ObjectKey(namespace: "default", name: "web")

  private func slice(_ version: String, uid: String = "u") -> EndpointSlice {
    var slice = EndpointSlice(
      metadata: ObjectMeta(name: "web-1", namespace: "default"), addressType: .ipv4)
    slice.metadata.uid = uid
    slice.metadata.resourceVersion = version
    return slice
  }

  @Test func aViewIsStaleUntilItHasTheNewestWrite() {
    let writes = OwnWrites(time: time.source)
    #expect(!writes.isStale(key, viewVersion: "5", uids: []))
    writes.wrote(key, slice("12"))
    writes.wrote(key, slice("10"))
    for (version, isStale) in [("9", true), ("11", true), ("12", false), ("100", false)] {
      #expect(writes.isStale(key, viewVersion: version, uids: ["u"]) == isStale)
    }
    let other = ObjectKey(namespace: "default", name: "other")
    #expect(!writes.isStale(other, viewVersion: "1", uids: []))
  }

  @Test func aViewIsStaleWhileItHasWhatWasDeleted() {
    let writes = OwnWrites(time: time.source)
    writes.deleted(key, uid: "u")
    #expect(writes.isStale(key, viewVersion: "5", uids: ["u", "v"]))
    #expect(!writes.isStale(key, viewVersion: "6", uids: ["v"]))
    // Seen gone once, it is not expected any more.
    #expect(!writes.isStale(key, viewVersion: "6", uids: ["u"]))
  }

  @Test func whoeverWaitsIsToldOnce() {
    let writes = OwnWrites(time: time.source)
    writes.wrote(key, slice("12"))
    #expect(!writes.stopsWaiting(key))
    #expect(writes.isStale(key, viewVersion: "11", uids: []))
    #expect(writes.stopsWaiting(key))
    #expect(!writes.stopsWaiting(key))
  }

  @Test func ownChangesAreEchoes() {
    let writes = OwnWrites(time: time.source)
    #expect(!writes.isEcho(key, slice("12")))
    writes.wrote(key, slice("12"))
    #expect(writes.isEcho(key, slice("12")))
    #expect(writes.isEcho(key, slice("11")))
    #expect(!writes.isEcho(key, slice("13")))
    writes.deleted(key, uid: "gone")
    #expect(writes.isEcho(key, slice("14", uid: "gone")))
  }

  @Test func aWriteThatNeverShowsUpIsForgottenInTheEnd() {
    let writes = OwnWrites(time: time.source)
    writes.wrote(key, slice("1000"))
    #expect(writes.isStale(key, viewVersion: "3", uids: []))
    time.advance(by: .seconds(61))
    #expect(!writes.isStale(key, viewVersion: "3", uids: []))
  }

  @Test func versionsThatAreNoNumbersDecideNothing() {
    let writes = OwnWrites(time: time.source)
    writes.wrote(key, slice("abc"))
    #expect(!writes.isStale(key, viewVersion: "def", uids: []))
  }
}
