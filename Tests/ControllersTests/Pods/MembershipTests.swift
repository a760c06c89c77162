import KubernetesAPI
import Testing

@testable import Controllers

struct MembershipTests {
  private let selector = LabelSelector(labels: ["app": "web"])

  private func membership(deleting: Bool = false, owned: [Pod], orphans: [Pod]) -> Membership<Pod> {
    var owner = WorkloadSample.metadata()
    if deleting { owner.deletionTimestamp = WorkloadSample.now }
    return Membership(owner: owner, selector: selector, owned: owned, orphans: orphans)
  }

  @Test func whatIsSelectedIsTakenInAndWhatIsNotIsLetGo() {
    let mine = WorkloadSample.pod("mine")
    let strayed = WorkloadSample.pod("strayed", labels: ["app": "other"])
    let orphan = WorkloadSample.pod("orphan")
    let stranger = WorkloadSample.pod("stranger", labels: ["app": "other"])
    let result = membership(owned: [mine, strayed], orphans: [orphan, stranger])
    #expect(result.members.map(\.metadata.name) == ["mine"])
    #expect(result.released.map(\.metadata.name) == ["strayed"])
    #expect(result.adopted.map(\.metadata.name) == ["orphan"])
  }

  @Test func whoIsLeavingTakesNobodyInAndLetsNobodyGo() {
    let strayed = WorkloadSample.pod("strayed", labels: ["app": "other"])
    let result = membership(
      deleting: true, owned: [strayed], orphans: [WorkloadSample.pod("orphan")])
    #expect(result.adopted.isEmpty && result.released.isEmpty)
    let leaving = WorkloadSample.leaving(WorkloadSample.pod("orphan"))
    #expect(membership(owned: [], orphans: [leaving]).adopted.isEmpty)
  }

  @Test func anEmptySelectorTakesNobodyIn() {
    let result = Membership(
      owner: WorkloadSample.metadata(), selector: LabelSelector(), owned: [],
      orphans: [WorkloadSample.pod("orphan")])
    #expect(result.adopted.isEmpty)
  }

  @Test func equalTemplatesHaveEqualHashes() {
    let one = PodTemplate.hash(WorkloadSample.template(), collisions: 0)
    #expect(one == PodTemplate.hash(WorkloadSample.template(), collisions: 0))
    #expect(one != PodTemplate.hash(WorkloadSample.template("two"), collisions: 0))
    #expect(one != PodTemplate.hash(WorkloadSample.template(), collisions: 1))
    #expect(one.allSatisfy { "bcdfghjklmnpqrstvwxz2456789".contains($0) })
  }
}
