import JSONTree
import KubernetesAPI
import Testing

struct LabelSelectorTests {
  @Test(arguments: [
    (LabelSelector.Requirement(key: "app", operator: .in, values: ["a", "b"]), true),
    (.init(key: "app", operator: .in, values: ["b"]), false),
    (.init(key: "none", operator: .in, values: ["b"]), false),
    (.init(key: "app", operator: .notIn, values: ["b"]), true),
    (.init(key: "none", operator: .notIn, values: ["b"]), true),
    (.init(key: "app", operator: .exists), true), (.init(key: "none", operator: .exists), false),
    (.init(key: "none", operator: .doesNotExist), true),
    (.init(key: "n", operator: .greaterThan, values: ["4"]), true),
    (.init(key: "n", operator: .lessThan, values: ["5"]), false),
    (.init(key: "app", operator: .greaterThan, values: ["1"]), false),
  ])
  func requirementsReadLabels(requirement: LabelSelector.Requirement, holds: Bool) {
    #expect(requirement.matches(["app": "a", "n": "5"]) == holds)
  }

  @Test func aSelectorObjectJoinsLabelsAndExpressions() throws {
    let selector = LabelSelector(
      json: try JSON(
        parsing: #"""
          {"matchLabels":{"a":"1"},"matchExpressions":[{"key":"b","operator":"NotIn","values":["2"]},
          {"key":"c","operator":"Exists"},{"key":"d","operator":"DoesNotExist"}]}
          """#))
    #expect(selector.matches(["a": "1", "c": ""]))
    #expect(!selector.matches(["a": "1", "b": "2", "c": ""]))
    #expect(!selector.matches(["a": "1", "c": "", "d": ""]))
    #expect(LabelSelector().matches([:]))
  }
}
