import KubernetesAPI

/// Removes what the proxy left on a node.
package enum ProxyCleanup {
  /// kube-proxy's table, in its nftables mode.
  private static let kubeProxyTable = "kube-proxy"

  /// Removes our tables, and kube-proxy's if asked for; what is not there is no error.
  package static func run(_ tables: any TableExecutor, kubeProxy: Bool) throws(TableError) {
    for name in kubeProxy ? [TableLayout.table, kubeProxyTable] : [TableLayout.table] {
      for family in IPAddress.Family.allCases {
        var transaction = TableTransaction()
        transaction.append(.deleteTable(family, name))
        do throws(TableError) {
          try tables.commit(transaction)
        } catch  where error.code == .missing {}
      }
    }
  }
}
