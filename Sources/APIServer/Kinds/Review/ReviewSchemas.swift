import JSONTree

extension ObjectSchema {
  static let selfSubjectAccessReview = kind(
    "io.k8s.api.authorization.v1.SelfSubjectAccessReview", "Asks whether one may do something."
  ) {
    Field(
      "spec", .object(.selfSubjectAccessReviewSpec), "What is to be done.", required: true,
      default: [:])
    Field("status", .object(.subjectAccessReviewStatus), "The answer.", default: [:])
  }

  static let subjectAccessReview = kind(
    "io.k8s.api.authorization.v1.SubjectAccessReview", "Asks whether somebody may do something."
  ) {
    Field(
      "spec", .object(.subjectAccessReviewSpec), "Who and what.", required: true, default: [:])
    Field("status", .object(.subjectAccessReviewStatus), "The answer.", default: [:])
  }

  static let localSubjectAccessReview = kind(
    "io.k8s.api.authorization.v1.LocalSubjectAccessReview",
    "Asks whether somebody may do something in a namespace."
  ) {
    Field(
      "spec", .object(.subjectAccessReviewSpec), "Who and what.", required: true, default: [:])
    Field("status", .object(.subjectAccessReviewStatus), "The answer.", default: [:])
  }

  static let selfSubjectAccessReviewSpec = ObjectSchema(
    "io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec", "What is to be done."
  ) {
    Field("nonResourceAttributes", .object(.nonResourceAttributes), "A request for a path.")
    Field("resourceAttributes", .object(.resourceAttributes), "A request for a resource.")
  }

  static let subjectAccessReviewSpec = ObjectSchema(
    "io.k8s.api.authorization.v1.SubjectAccessReviewSpec", "Who is to do what."
  ) {
    Field("extra", .map(.strings), "Further facts of the user, which roles do not look at.")
    Field("groups", .strings, "Groups of the user.")
    Field("nonResourceAttributes", .object(.nonResourceAttributes), "A request for a path.")
    Field("resourceAttributes", .object(.resourceAttributes), "A request for a resource.")
    Field("uid", .string, "uid of the user.")
    Field("user", .string, "Name of the user.")
  }

  static let resourceAttributes = ObjectSchema(
    "io.k8s.api.authorization.v1.ResourceAttributes", "A request for a resource."
  ) {
    Field("group", .string, "Group of the resource; * is all.")
    Field("name", .string, "Name of the object; empty for all.")
    Field("namespace", .string, "Namespace; empty for the whole cluster.")
    Field("resource", .string, "Plural of the resource; * is all.")
    Field("subresource", .string, "Subresource; empty for the object itself.")
    Field("verb", .string, "Verb; * is all.")
    Field("version", .string, "Version of the resource; * is all.")
  }

  static let nonResourceAttributes = ObjectSchema(
    "io.k8s.api.authorization.v1.NonResourceAttributes", "A request for a path."
  ) {
    Field("path", .string, "Path of the URL.")
    Field("verb", .string, "Method in lower case.")
  }

  static let subjectAccessReviewStatus = ObjectSchema(
    "io.k8s.api.authorization.v1.SubjectAccessReviewStatus", "Whether it is allowed."
  ) {
    Field("allowed", .boolean, "Whether it is allowed.", required: true, default: false)
    Field("denied", .boolean, "Whether nothing else may allow it.", empty: .dropped)
    Field("evaluationError", .string, "What kept the server from looking at everything.")
    Field("reason", .string, "Why it is allowed or not.")
  }

  static let selfSubjectRulesReview = kind(
    "io.k8s.api.authorization.v1.SelfSubjectRulesReview", "Asks what one may do in a namespace."
  ) {
    Field(
      "spec", .object(.selfSubjectRulesReviewSpec), "Where.", required: true, default: [:])
    Field("status", .object(.subjectRulesReviewStatus), "The answer.", default: [:])
  }

  static let selfSubjectRulesReviewSpec = ObjectSchema(
    "io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec", "Where something is to be done."
  ) {
    Field("namespace", .string, "Namespace that is asked about.")
  }

  static let subjectRulesReviewStatus = ObjectSchema(
    "io.k8s.api.authorization.v1.SubjectRulesReviewStatus", "Everything that is allowed."
  ) {
    Field("evaluationError", .string, "What kept the server from looking at everything.")
    Field("incomplete", .boolean, "Whether there may be more.", required: true, default: false)
    Field(
      "nonResourceRules", .list(.object(.nonResourceRule)), "What is allowed on paths.",
      required: true)
    Field(
      "resourceRules", .list(.object(.resourceRule)), "What is allowed on resources.",
      required: true)
  }

  static let resourceRule = ObjectSchema(
    "io.k8s.api.authorization.v1.ResourceRule", "Verbs that are allowed on resources."
  ) {
    Field("apiGroups", .strings, "Groups of the resources.")
    Field("resourceNames", .strings, "Objects the rule is confined to.")
    Field("resources", .strings, "Plurals of resources.")
    Field("verbs", .strings, "Verbs.", required: true)
  }

  static let nonResourceRule = ObjectSchema(
    "io.k8s.api.authorization.v1.NonResourceRule", "Verbs that are allowed on paths."
  ) {
    Field("nonResourceURLs", .strings, "Paths.")
    Field("verbs", .strings, "Verbs.", required: true)
  }

  static let selfSubjectReview = kind(
    "io.k8s.api.authentication.v1.SelfSubjectReview", "Asks who one is."
  ) {
    Field("status", .object(.selfSubjectReviewStatus), "The answer.", default: [:])
  }

  static let selfSubjectReviewStatus = ObjectSchema(
    "io.k8s.api.authentication.v1.SelfSubjectReviewStatus", "Who somebody is."
  ) {
    Field("userInfo", .object(.userInfo), "The user.", default: [:])
  }

  static let tokenReview = kind(
    "io.k8s.api.authentication.v1.TokenReview", "Asks whose token it is."
  ) {
    Field("spec", .object(.tokenReviewSpec), "The token.", required: true, default: [:])
    Field("status", .object(.tokenReviewStatus), "The answer.", default: [:])
  }

  static let tokenReviewSpec = ObjectSchema(
    "io.k8s.api.authentication.v1.TokenReviewSpec", "A token."
  ) {
    Field("audiences", .strings, "For whom the token is to be; empty for the API server.")
    Field("token", .string, "The token.")
  }

  static let tokenReviewStatus = ObjectSchema(
    "io.k8s.api.authentication.v1.TokenReviewStatus", "Whose token it is."
  ) {
    Field("audiences", .strings, "For whom the token is.")
    Field("authenticated", .boolean, "Whether the token counts.", empty: .dropped)
    Field("error", .string, "Why it could not be looked at.")
    Field("user", .object(.userInfo), "Whose it is.", default: [:])
  }

  static let userInfo = ObjectSchema("io.k8s.api.authentication.v1.UserInfo", "A user.") {
    Field("extra", .map(.strings), "Further facts of the user.")
    Field("groups", .strings, "Groups of the user.")
    Field("uid", .string, "uid of the user.")
    Field("username", .string, "Name of the user.")
  }
}
