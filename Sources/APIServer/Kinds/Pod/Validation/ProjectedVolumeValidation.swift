import JSONTree

extension FieldChecks {
  /// Sources of a projected volume, whose files must not collide.
  mutating func projected(_ volume: JSON, at path: FieldPath) {
    fileMode(volume["defaultMode"], at: path.child("defaultMode"))
    var files: Set<String> = []
    for (index, source) in volume.items("sources").enumerated() {
      let own = path.child("sources").index(index)
      var count = 0
      for kind in ["secret", "configMap"] {
        guard let object = source[kind] else { continue }
        count += 1
        projectedKeys(object, &files, volume: path, at: own.child(kind))
      }
      if let fields = source["downwardAPI"] {
        count += 1
        for file in fields.items("items") {
          downwardFile(file, at: own.child("downwardAPI"))
          noteFile(file.text("path"), &files, owner: file.text("path"), at: path)
        }
      }
      if let token = source["serviceAccountToken"] {
        count += 1
        projectedToken(token, volume: path, at: own.child("serviceAccountToken"))
      }
      if let bundle = source["clusterTrustBundle"] {
        count += 1
        trustBundle(bundle, at: own.child("clusterTrustBundle"))
        noteFile(bundle.text("path"), &files, owner: bundle.text("path"), at: path)
      }
      if let certificate = source["podCertificate"] {
        count += 1
        podCertificate(certificate, &files, volume: path, at: own.child("podCertificate"))
      }
      if count > 1 { forbidden(own, "may not specify more than 1 volume type per source") }
    }
  }

  private mutating func noteFile(
    _ file: String, _ files: inout Set<String>, owner: String, at path: FieldPath
  ) {
    if !file.isEmpty, !files.insert(file).inserted {
      invalid(path, .string(owner), "conflicting duplicate paths")
    }
  }

  private mutating func projectedKeys(
    _ object: JSON, _ files: inout Set<String>, volume: FieldPath, at path: FieldPath
  ) {
    let name = object.text("name")
    if name.isEmpty { required(path.child("name")) }
    for (index, item) in object.items("items").enumerated() {
      keyFile(item, at: path.child("items").index(index))
      noteFile(item.text("path"), &files, owner: name, at: volume)
    }
  }

  private mutating func projectedToken(_ token: JSON, volume: FieldPath, at path: FieldPath) {
    let seconds = token.number("expirationSeconds")
    if seconds < 600 {
      invalid(
        path.child("expirationSeconds"), .integer(seconds),
        "may not specify a duration less than 10 minutes")
    } else if seconds > 1 << 32 {
      invalid(
        path.child("expirationSeconds"), .integer(seconds),
        "may not specify a duration larger than 2^32 seconds")
    }
    let file = token.text("path")
    if file.isEmpty {
      required(volume.child("path"))
    } else {
      format(file, at: volume.child("path"), Format.volumeFilePath)
    }
  }

  private mutating func trustBundle(_ bundle: JSON, at path: FieldPath) {
    if bundle["name"] != nil, bundle["signerName"] != nil {
      invalid(path, bundle, "only one of name and signerName may be used")
    } else if let name = bundle["name"]?.string {
      if name.isEmpty { required(path.child("name"), "must be a valid object name") }
      if let selector = bundle["labelSelector"] {
        invalid(
          path.child("labelSelector"), selector,
          "labelSelector must be unset if name is specified")
      }
    } else if let signer = bundle["signerName"]?.string {
      if signer.isEmpty { required(path.child("signerName"), "must be a valid signer name") }
      labelSelector(bundle.member("labelSelector"), at: path.child("labelSelector"))
    } else {
      required(path, "either name or signerName must be specified")
    }
    let file = bundle.text("path")
    if file.isEmpty { required(path.child("path")) }
    format(file, at: path.child("path"), Format.volumeFilePath)
  }

  private mutating func podCertificate(
    _ certificate: JSON, _ files: inout Set<String>, volume: FieldPath, at path: FieldPath
  ) {
    if certificate.text("signerName").isEmpty { required(path.child("signerName")) }
    oneOf(
      ["ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519", "RSA3072", "RSA4096"],
      certificate.text("keyType"), at: path.child("keyType"))
    if let seconds = certificate["maxExpirationSeconds"]?.integer, seconds < 3600 {
      invalid(
        path.child("maxExpirationSeconds"), .integer(seconds),
        "if provided, maxExpirationSeconds must be >= 3600")
    }
    var isStated = false
    for field in ["credentialBundlePath", "keyPath", "certificateChainPath"] {
      let file = certificate.text(field)
      guard !file.isEmpty else { continue }
      isStated = true
      format(file, at: path.child(field), Format.volumeFilePath)
      noteFile(file, &files, owner: file, at: volume)
    }
    if !isStated {
      required(
        path, "specify at least one of credentialBundlePath, keyPath, and certificateChainPath")
    }
  }

  /// A token is that of an account, so that the Pod must have one.
  mutating func serviceAccountTokens(_ context: PodContext, at path: FieldPath) {
    guard context.isPod, context.spec.text("serviceAccountName").isEmpty else { return }
    for (index, volume) in context.spec.items("volumes").enumerated() {
      for (position, source) in volume.member("projected").items("sources").enumerated()
      where source["serviceAccountToken"] != nil {
        forbidden(
          path.index(index).child("projected", "sources").index(position)
            .child("serviceAccountToken"),
          "must not be specified when serviceAccountName is not set")
      }
    }
  }
}
