/// All answers at one moment. Immutable; each publication makes a new one that shares what did not
/// change.
///
/// Sendable because nothing writes to its memory after `init`.
final class IndexSnapshot: @unchecked Sendable {
  /// Names to nodes.
  let names: IndexTable
  /// Addresses to the nodes that reverse lookups lead to, in the order of the answer.
  let addresses: IndexTable
  /// Addresses of Pods to their namespaces, where it is known whose they are.
  let askers: IndexTable
  /// Names of the operator's own.
  let hosts: HostsIndex
  let authority: ZoneAuthority
  let hash: NameHash
  /// False until the index has been complete once: answers would deny what exists.
  let isReady: Bool
  /// How old the view is that the index is made from; goes on changing.
  let age: ViewAge
  private let extras: UnsafeMutablePointer<IndexExtras>

  init(
    names: IndexTable = .empty, addresses: IndexTable = .empty, askers: IndexTable = .empty,
    hosts: HostsIndex = .empty, authority: ZoneAuthority, hash: NameHash, isReady: Bool,
    age: ViewAge = ViewAge()
  ) {
    self.names = names
    self.addresses = addresses
    self.askers = askers
    self.hosts = hosts
    self.authority = authority
    self.hash = hash
    self.isReady = isReady
    self.age = age
    extras = .allocate(capacity: 1)
    extras.initialize(to: IndexExtras(askers: askers.view, hosts: hosts.view))
  }

  deinit { extras.deallocate() }

  /// Valid as long as the snapshot is.
  var view: IndexView {
    IndexView(
      names: names.view, addresses: addresses.view, authority: authority.view, hash: hash,
      isReady: isReady, age: age.view, extras: UnsafePointer(extras))
  }
}

/// A snapshot as one batch of queries sees it: bare pointers. Who uses it keeps the snapshot alive.
struct IndexView {
  let names: IndexTableView
  let addresses: IndexTableView
  let authority: AuthorityView
  let hash: NameHash
  let isReady: Bool
  let age: ViewAge.View
  /// What most queries do not need.
  let extras: UnsafePointer<IndexExtras>

  var askers: IndexTableView { @_noLocks get { extras.pointee.askers } }
  var hosts: HostsIndex.View { @_noLocks get { extras.pointee.hosts } }
}

/// The part of a snapshot that is beside the cluster's names.
struct IndexExtras {
  let askers: IndexTableView
  let hosts: HostsIndex.View
}
