/// What all sockets of a server answer with.
struct AnsweringParts: Sendable {
  let cell: SnapshotCell
  let settings: PipelineSettings
  /// Answers for the names of other zones.
  let forwarder: (any HandOffTaker)?
  /// Keeps queries for names that are about to exist.
  let hold: ExpectedHold?
  /// Rules by which names are asked for as others.
  let rewriter: NameRewriter?
  /// Who may have whole zones.
  let transfers: TransferAccess?

  init(
    cell: SnapshotCell, settings: PipelineSettings = PipelineSettings(.init()),
    forwarder: (any HandOffTaker)? = nil, hold: ExpectedHold? = nil,
    rewriter: NameRewriter? = nil, transfers: TransferAccess? = nil
  ) {
    self.cell = cell
    self.settings = settings
    self.forwarder = forwarder
    self.hold = hold
    self.rewriter = rewriter
    self.transfers = transfers
  }

  /// Whether pipelines need to know what time it is.
  var needsClock: Bool { settings.view.hasCookies || settings.view.limiter.isActive }
}
