package import KubernetesAPI
package import Netlink

/// The parts a rule of ours is made of: each is a test that ends the rule where it fails, or an
/// action. The kernel's encoding is in `RuleEncoder`, the meaning in `PacketTracer`.
package enum RuleStatement: Sendable, Hashable {
  /// Conntrack can make nothing of the packet.
  case isInvalid
  /// The packet begins a connection.
  case isNew
  case isTCP
  /// The connection's destination has been replaced.
  case isTranslated
  case sourceIn(CIDR)
  case sourceIsLocal
  case destinationIsLocal(Bool)
  case member(ProxySet, [PacketField], Bool)
  /// Judges by what a map holds under the fields; goes on where it holds nothing.
  case dispatch(ProxySet, [PacketField])
  case isMarked(UInt32)
  case mark(UInt32)
  case unmark(UInt32)
  /// Sends on to the endpoint in one of the first so many slots of the frontend, at random.
  case translate(ProxySet, count: Int)
  /// Sends on to the endpoint noted for the client and frontend.
  case translateRemembered
  /// Notes for so many seconds where the client's connection has been sent on to.
  case remember(seconds: UInt32)
  case masquerade
  /// Tells the sender at once with an ICMP error, of which the kernel sends only so many a second.
  case reject
  /// Tells the sender of a TCP segment at once, by a reset.
  case reset
  case verdict(Verdict)
}

/// A chain with its rules.
package struct TableChain: Sendable, Hashable {
  package var name: String
  package var hook: ChainHook?
  package var rules: [[RuleStatement]]

  package init(_ name: String, hook: ChainHook? = nil, rules: [[RuleStatement]]) {
    self.name = name
    self.hook = hook
    self.rules = rules
  }
}
