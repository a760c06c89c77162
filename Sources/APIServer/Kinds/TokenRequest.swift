import JSONTree
import KubernetesAPI

extension Subresource {
  /// `serviceaccounts/token`, which issues tokens of the account.
  package static let token = Subresource(
    "token", verbs: ["create"],
    kind: ResourceType(
      group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", plural: "tokenrequests",
      isNamespaced: true))
}

extension ObjectSchema {
  static let tokenRequest = kind(
    "io.k8s.api.authentication.v1.TokenRequest",
    "Asks for a token of a ServiceAccount."
  ) {
    Field("spec", .object(.tokenRequestSpec), "What the token is to be like.", default: [:])
    Field("status", .object(.tokenRequestStatus), "The token.", default: [:])
  }

  static let tokenRequestSpec = ObjectSchema(
    "io.k8s.api.authentication.v1.TokenRequestSpec",
    "What a token is to be like."
  ) {
    Field(
      "audiences", .strings, "Who may accept the token; empty for the API server itself.",
      empty: .kept)
    Field(
      "boundObjectRef", .object(.boundObjectReference), "Object whose end is the token's end too.")
    Field(
      "expirationSeconds", .int64,
      "Seconds the token is to be valid; the server may choose differently.", default: 3600)
  }

  static let tokenRequestStatus = ObjectSchema(
    "io.k8s.api.authentication.v1.TokenRequestStatus",
    "An issued token."
  ) {
    Field("expirationTimestamp", .time, "When the token ends.")
    Field("token", .string, "The token itself, opaque to the client.", default: "", empty: .kept)
  }

  static let boundObjectReference = ObjectSchema(
    "io.k8s.api.authentication.v1.BoundObjectReference",
    "The object a token is bound to."
  ) {
    Field("apiVersion", .string, "API version of the object.")
    Field("kind", .string, "Kind of the object: Pod, Secret or Node.")
    Field("name", .string, "Name of the object.")
    Field("uid", .string, "uid of the object.", goType: "types.UID")
  }
}
