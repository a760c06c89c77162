import JSONTree
import Testing

struct JSONObjectTests {
  @Test func agreesWithADictionaryThroughRandomChanges() {
    var random = SeededGenerator(seed: 11)
    var object = JSONObject()
    var model: [String: JSON] = [:]
    for step in 0..<5000 {
      let key = "k\(Int.random(in: 0..<40, using: &random))"
      if Bool.random(using: &random) {
        object[key] = .integer(Int64(step))
        model[key] = .integer(Int64(step))
      } else {
        #expect(object.removeValue(forKey: key) == model.removeValue(forKey: key))
      }
      #expect(object[key] == model[key])
    }
    #expect(Dictionary(uniqueKeysWithValues: object.map { ($0.key, $0.value) }) == model)
    #expect(object.map(\.key) == model.keys.sorted())
  }

  @Test func aNullMemberReadsAsAbsentThroughTheValueButNotThroughTheObject() {
    let value: JSON = ["a": .null]
    #expect(value["a"] == nil)
    #expect(value.object?["a"] == .some(.null))
  }

  @Test func assigningThroughAValueReplacesAndRemoves() {
    var value: JSON = ["spec": ["a": 1]]
    value["spec"]?["a"] = 2
    value["status"] = ["phase": "Active"]
    #expect(value == ["spec": ["a": 2], "status": ["phase": "Active"]])
    value["status"] = nil
    #expect(value == ["spec": ["a": 2]])
  }
}
