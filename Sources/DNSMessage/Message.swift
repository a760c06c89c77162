/// A whole message as a value: for clients, forwarding, tests and explanations. The query path of
/// the server does not use it.
package struct Message: Hashable, Sendable {
  package var id: UInt16
  /// Without the response code's bits, which `responseCode` holds.
  package var flags: HeaderFlags
  package var responseCode: ResponseCode
  package var questions: [Question]
  package var answers: [Record]
  package var authority: [Record]
  /// Without OPT.
  package var additional: [Record]
  package var edns: EDNS?

  package init(
    id: UInt16, flags: HeaderFlags = HeaderFlags(rawValue: 0),
    responseCode: ResponseCode = .noError, questions: [Question] = [], answers: [Record] = [],
    authority: [Record] = [], additional: [Record] = [], edns: EDNS? = nil
  ) {
    self.id = id
    self.flags = flags
    self.responseCode = responseCode
    self.questions = questions
    self.answers = answers
    self.authority = authority
    self.additional = additional
    self.edns = edns
  }

  package var isResponse: Bool { flags.has(HeaderFlags.response) }
  package var isAuthoritative: Bool { flags.has(HeaderFlags.authoritative) }
  package var isTruncated: Bool { flags.has(HeaderFlags.truncated) }
}
