import DNSMessage
import NIOCore
import NIOPosix

/// One query and its response over UDP, on a socket of its own: the kernel gives it a random port
/// and passes on only what comes from the upstream's address.
final class DatagramExchange: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  typealias OutboundOut = ByteBuffer

  private let query: UpstreamQuery
  private var completion: UpstreamTransport.Completion?
  private var channel: (any Channel)?
  private var deadline: Scheduled<Void>?
  private var foreign = 0

  init(_ query: UpstreamQuery, completion: @escaping UpstreamTransport.Completion) {
    self.query = query
    self.completion = completion
  }

  func start(
    _ upstream: NIOCore.SocketAddress, timeout: TimeAmount, loop: any EventLoop
  ) {
    deadline = loop.assumeIsolated().scheduleTask(in: timeout) { [self] in
      finish(.failure(.timedOut))
    }
    let bound = NIOLoopBound(self, eventLoop: loop)
    DatagramBootstrap(group: loop)
      .channelOption(
        .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: ForwardingLimits.datagram)
      )
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(bound.value)
        }
      }
      .connect(to: upstream)
      .assumeIsolated()
      .whenComplete { [self] result in
        switch result {
        case .success(let channel): connected(channel)
        case .failure: finish(.failure(.unreachable))
        }
      }
  }

  private func connected(_ channel: any Channel) {
    guard completion != nil else {
      channel.close(promise: nil)
      return
    }
    self.channel = channel
    channel.writeAndFlush(channel.allocator.buffer(bytes: query.bytes)).assumeIsolated()
      .whenFailure { [self] _ in finish(.failure(.unreachable)) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard completion != nil else { return }
    let bytes = Array(unwrapInboundIn(data).data.readableBytesView)
    switch query.verdict(on: bytes, checksCase: query.checksCase) {
    case .response(let message): finish(.success(message))
    case .truncated: finish(.failure(.truncated))
    case .otherCase: finish(.failure(.otherCase))
    case .malformed: finish(.failure(.malformed))
    case .foreign:
      foreign += 1
      if foreign == ForwardingLimits.foreignResponses { finish(.failure(.suspicious)) }
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    finish(.failure(.unreachable))  // ICMP said so.
  }

  func channelInactive(context: ChannelHandlerContext) { finish(.failure(.closed)) }

  private func finish(_ result: Result<Message, ExchangeFailure>) {
    guard let completion else { return }
    self.completion = nil
    deadline?.cancel()
    channel?.close(promise: nil)
    completion(result)
  }
}
