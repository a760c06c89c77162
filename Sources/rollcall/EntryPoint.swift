import Dispatch
import Foundation
import NodeAgent

/// Where the program begins: before its second thread, which only some of its work may follow.
@main
enum EntryPoint {
  static func main() {
    NodeAgent.becomeSandboxIfAsked(CommandLine.arguments)
    PrivateNode.enterIfAsked(CommandLine.arguments)
    Task {
      await Rollcall.main()
      exit(0)
    }
    dispatchMain()
  }
}
