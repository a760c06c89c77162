package import KubernetesAPI
package import KubernetesClient
import Synchronization
import Telemetry

/// Brings the node to what the cluster's objects say: takes changes, and in `sync` carries out what
/// has come so far. All calls block; `sync` and `check` are meant for one thread.
package final class ProxyCore: Sendable {
  package struct Report: Sendable {
    /// Services that lost frontends to others.
    package var losses: [(service: Service, loss: FrontendClaims.Loss)] = []
    /// Services the kernel refused.
    package var refused: [(service: Service, error: TableError)] = []
    /// Nil where everything was carried out; else it is worth trying again.
    package var failure: TableError?
    package var healthChecks: [HealthCheck] = []
  }

  private struct Inbox {
    var changes: [ProxyChange] = []
    var triggers: [Timestamp] = []
  }

  struct State: Sendable {
    struct Recheck: Sendable {
      var demand: FlowRule.Demand
      /// Whether the next check looks; else the one after it.
      var isRipe: Bool
    }

    var model: ProxyModel
    var program: TableProgram
    /// Whether the tables are as `program` says, but for Services not synced yet.
    var isAdopted = false
    var triggers: [Timestamp] = []
    /// What flows of frontends that changed lately are looked at for once more.
    var recheck: [Frontend: Recheck] = [:]
    var generation: UInt32?
    /// Uptime before which elements are not compared again.
    var nextVerification: Duration?
    var metrics = ProxyMetrics()
  }

  let tables: any TableExecutor
  let flows: (any FlowTable)?
  let time: TimeSource
  private let inbox = Mutex(Inbox())
  private let state: Mutex<State>
  private let published = Mutex(ProxyMetrics())

  /// - Parameter flows: nil where the kernel keeps no connections.
  package init(
    node: ProxyNode, settings: TableSettings, families: [IPAddress.Family] = [.v4, .v6],
    tables: any TableExecutor, flows: (any FlowTable)?, time: TimeSource = .system
  ) {
    self.tables = tables
    self.flows = flows
    self.time = time
    state = Mutex(
      State(
        model: ProxyModel(node: node),
        program: TableProgram(settings: settings, families: families)))
  }

  /// Tells the addresses of Pods, before the first sync.
  package func setPodRanges(_ ranges: [CIDR]) {
    state.withLock { state in
      var settings = state.program.settings
      settings.podRanges = ranges
      state.program = TableProgram(settings: settings, families: state.program.families)
    }
  }

  /// Takes changes for the next sync.
  package func receive(_ changes: [ProxyChange]) {
    inbox.withLock { inbox in
      inbox.changes += changes
      for case .slice(_, _, let trigger?) in changes { inbox.triggers.append(trigger) }
    }
    published.withLock { metrics in
      metrics.lastQueued = seconds(time.now())
      for change in changes {
        switch change {
        case .service: metrics.pendingServiceChanges += 1
        case .slice: metrics.pendingEndpointChanges += 1
        default: break
        }
      }
    }
  }

  package var metrics: ProxyMetrics { published.withLock { $0 } }

  /// Carries out what has come since the last call.
  package func sync() -> Report {
    state.withLock { state in
      let start = time.uptime()
      var report = Report()
      let wasAdopted = state.isAdopted
      let addresses = drain(&state)
      do throws(TableError) {
        if state.isAdopted {
          try advance(&state, addresses, &report)
        } else {
          try adopt(&state, addresses, &report)
        }
      } catch {
        // Whatever the tables hold now, they are read again before anything else is done.
        state.isAdopted = false
        state.metrics.syncFailures += 1
        report.failure = error
      }
      if report.failure == nil, !report.refused.isEmpty {
        report.failure = report.refused.first?.error
      }
      report.healthChecks = state.model.healthChecks
      finish(&state, report, duration: time.uptime() - start, wasFull: !wasAdopted)
      return report
    }
  }

  private func drain(_ state: inout State) -> Set<IPAddress>? {
    let taken = inbox.withLock { inbox in
      defer { inbox = Inbox() }
      return inbox
    }
    state.triggers += taken.triggers
    var addresses: Set<IPAddress>?
    for change in taken.changes {
      switch change {
      case .service(let key, let service):
        state.model.set(key, service)
        state.metrics.serviceChanges += 1
      case .slice(let key, let slice, _):
        state.model.set(key, slice)
        state.metrics.endpointChanges += 1
      case .zone(let zone): state.model.setZone(zone)
      case .nodeAddresses(let found): addresses = found
      }
    }
    return addresses
  }

  private func finish(
    _ state: inout State, _ report: Report, duration: Duration, wasFull: Bool
  ) {
    state.metrics.syncDuration.add(duration)
    if wasFull {
      state.metrics.fullSyncDuration.add(duration)
    } else {
      state.metrics.partialSyncDuration.add(duration)
    }
    if report.failure == nil {
      let now = seconds(time.now())
      state.metrics.lastSync = now
      for trigger in state.triggers {
        state.metrics.programmingDuration.add(max(0, now - seconds(trigger)))
      }
      state.triggers = []
    }
    (state.metrics.withoutLocalInternally, state.metrics.withoutLocalExternally) =
      state.model.withoutLocalEndpoints
    state.metrics.services = state.model.serviceCount
    publish(state.metrics)
  }

  func publish(_ metrics: ProxyMetrics) {
    let pending = inbox.withLock { inbox in
      inbox.changes.reduce(into: (services: 0, endpoints: 0)) { sums, change in
        switch change {
        case .service: sums.services += 1
        case .slice: sums.endpoints += 1
        default: break
        }
      }
    }
    published.withLock { published in
      let queued = published.lastQueued
      published = metrics
      published.lastQueued = queued
      published.pendingServiceChanges = pending.services
      published.pendingEndpointChanges = pending.endpoints
    }
  }

  private func seconds(_ time: Timestamp) -> Double {
    Double(time.seconds) + Double(time.nanoseconds) / 1e9
  }

  // MARK: Between syncs

  /// Ends flows that were made while the last sync went on, and looks whether somebody else changed
  /// our tables.
  ///
  /// - Returns: whether they must be made anew: the next `sync` does.
  package func check() -> Bool {
    state.withLock { state in
      guard state.isAdopted else { return true }
      do throws(TableError) {
        try recheckFlows(&state)
        if try isIntact(&state) { return false }
      } catch {
        state.metrics.syncFailures += 1
      }
      state.metrics.repairs += 1
      state.isAdopted = false
      publish(state.metrics)
      return true
    }
  }

  /// What the model knows, for explanations.
  package func withModel<Result>(_ body: (ProxyModel) -> Result) -> Result {
    state.withLock { body($0.model) }
  }
}
