/// What becomes of a packet where a rule or an element of a map says so (NF_*, NFT_*).
package enum Verdict: Sendable, Hashable {
  case drop
  /// Goes on in that chain, and comes back at its end.
  case jump(String)
  /// The same, but does not come back.
  case goto(String)
  /// Goes back to the chain that jumped here.
  case returns

  /// The attributes of NFTA_DATA_VERDICT.
  package func write(to payload: inout NetlinkPayload) {
    payload.nested(2) { inner in
      switch self {
      case .drop: inner.attribute(1, bigEndian: 0 as Int32)
      case .returns: inner.attribute(1, bigEndian: -5 as Int32)
      case .jump(let chain):
        inner.attribute(1, bigEndian: -3 as Int32)
        inner.attribute(2, string: chain)
      case .goto(let chain):
        inner.attribute(1, bigEndian: -4 as Int32)
        inner.attribute(2, string: chain)
      }
    }
  }
}
