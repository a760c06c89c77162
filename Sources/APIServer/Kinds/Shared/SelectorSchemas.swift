import JSONTree

extension ObjectSchema {
  static let labelSelector = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector",
    "Chooses objects by their labels; all stated conditions must hold. An empty "
      + "selector chooses everything.", isAtomic: true
  ) {
    Field(
      "matchExpressions", .list(.object(.labelSelectorRequirement)), "Conditions on label keys.")
    Field("matchLabels", .stringMap, "Labels the object must have, each with exactly this value.")
  }

  static let labelSelectorRequirement = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement",
    "One condition on one label key."
  ) {
    Field("key", .string, "Label key the condition is about.", required: true, default: "")
    Field(
      "operator", .string, "In, NotIn, Exists or DoesNotExist.", required: true, default: "",
      goType: "v1.LabelSelectorOperator")
    Field("values", .strings, "Values for In and NotIn; must be empty for the other operators.")
  }
}
