import JSONTree

extension ObjectSchema {
  static let projectedVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.ProjectedVolumeSource",
    "Files from several sources in one directory."
  ) {
    Field(
      "defaultMode", .int32,
      "Permission bits of files that do not state their own. Default is 0644.", default: 420)
    Field(
      "sources", .list(.object(.volumeProjection)), "The sources; one member of each is set.",
      empty: .kept)
  }

  static let volumeProjection = ObjectSchema(
    "io.k8s.api.core.v1.VolumeProjection",
    "One source of a projected volume; exactly one member is set."
  ) {
    Field("clusterTrustBundle", .object(.clusterTrustBundleProjection), "Trust anchors as a file.")
    Field("configMap", .object(.configMapProjection), "Files from a ConfigMap.")
    Field("downwardAPI", .object(.downwardAPIProjection), "Files with fields of the Pod.")
    Field(
      "podCertificate", .object(.podCertificateProjection),
      "A key and certificates made for the Pod.")
    Field("secret", .object(.secretProjection), "Files from a Secret.")
    Field(
      "serviceAccountToken", .object(.serviceAccountTokenProjection),
      "A token of the Pod's service account.")
  }

  static let clusterTrustBundleProjection = ObjectSchema(
    "io.k8s.api.core.v1.ClusterTrustBundleProjection",
    "Trust anchors of ClusterTrustBundles as a file."
  ) {
    Field("labelSelector", .object(.labelSelector), "Labels of the bundles; with signerName.")
    Field("name", .string, "Name of one bundle; not together with signerName.", empty: .kept)
    Field("optional", .boolean, "Whether the Pod starts without them.")
    Field("path", .string, "Path of the file in the volume.", required: true, default: "")
    Field("signerName", .string, "Signer whose bundles are taken.", empty: .kept)
  }

  static let configMapProjection = ObjectSchema(
    "io.k8s.api.core.v1.ConfigMapProjection",
    "Files from a ConfigMap in a projected volume."
  ) {
    Field(
      "items", .list(.object(.keyToPath)),
      "Keys and the paths they get. Default is every key, under its name.")
    Field("name", .string, "Name of the ConfigMap.")
    Field("optional", .boolean, "Whether the Pod starts without it.")
  }

  static let secretProjection = ObjectSchema(
    "io.k8s.api.core.v1.SecretProjection",
    "Files from a Secret in a projected volume."
  ) {
    Field(
      "items", .list(.object(.keyToPath)),
      "Keys and the paths they get. Default is every key, under its name.")
    Field("name", .string, "Name of the Secret.")
    Field("optional", .boolean, "Whether the Pod starts without it.")
  }

  static let downwardAPIProjection = ObjectSchema(
    "io.k8s.api.core.v1.DownwardAPIProjection",
    "Files with fields of the Pod in a projected volume."
  ) {
    Field("items", .list(.object(.downwardAPIVolumeFile)), "The files.")
  }

  static let podCertificateProjection = ObjectSchema(
    "io.k8s.api.core.v1.PodCertificateProjection",
    "A key and certificates made for a Pod, renewed in time."
  ) {
    Field("certificateChainPath", .string, "Path of the file with the certificates.")
    Field("credentialBundlePath", .string, "Path of the file with key and certificates together.")
    Field("keyPath", .string, "Path of the file with the key.")
    Field("keyType", .string, "Kind of key, such as ED25519 or ECDSAP256.", required: true)
    Field(
      "maxExpirationSeconds", .int32,
      "Seconds a certificate may be valid at most; unset leaves it to the signer.")
    Field("signerName", .string, "Signer of the certificates.", required: true)
    Field("userAnnotations", .stringMap, "Further requests to the signer.")
  }

  static let serviceAccountTokenProjection = ObjectSchema(
    "io.k8s.api.core.v1.ServiceAccountTokenProjection",
    "A token of the Pod's service account, renewed in time."
  ) {
    Field("audience", .string, "Who may accept the token. Default is the API server.")
    Field(
      "expirationSeconds", .int64, "Seconds a token is valid, at least 600. Default is 3600.",
      default: 3600)
    Field("path", .string, "Path of the file in the volume.", required: true, default: "")
  }
}
