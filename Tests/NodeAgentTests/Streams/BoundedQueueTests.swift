import Synchronization
import Testing

@testable import NodeAgent

struct BoundedQueueTests {
  @Test func elementsComeInOrderAndThenTheEnd() async {
    let queue = BoundedQueue<Int>(capacity: 3)
    let sending = Task {
      for number in 0..<1000 { await queue.send(number) }
      queue.finish()
    }
    var received: [Int] = []
    while let number = await queue.next() { received.append(number) }
    await sending.value
    #expect(received == Array(0..<1000))
    #expect(await queue.next() == nil)
  }

  @Test func aFullQueueMakesTheSenderWait() async {
    let queue = BoundedQueue<Int>(capacity: 2)
    let sent = Mutex(0)
    let sending = Task {
      for number in 0..<10 {
        await queue.send(number)
        sent.withLock { $0 += 1 }
      }
    }
    #expect(await queue.next() == 0)
    // One was taken, two may wait, and whoever fills the queue waits for room.
    let early = sent.withLock { $0 }
    #expect(early <= 3)
    queue.abandon()
    await sending.value
    let late = sent.withLock { $0 }
    #expect(late == 10)
    #expect(await queue.next() == nil)
  }

  @Test func cancellationEndsBothSides() async {
    let queue = BoundedQueue<Int>(capacity: 1)
    let receiving = Task { await queue.next() }
    receiving.cancel()
    #expect(await receiving.value == nil)
    let full = BoundedQueue<Int>(capacity: 1)
    let sending = Task { await full.send(1) }
    sending.cancel()
    await sending.value
    #expect(await full.next() == 1)
    #expect(await full.next() == nil)
  }
}
