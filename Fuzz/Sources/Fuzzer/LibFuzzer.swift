#if FUZZING
  import FuzzTargets
  import Glibc

  // Built by `Fuzz/run`: `Fuzzer TARGET [libFuzzer's arguments]` invents inputs.

  /// What the package manager has made the program's entry; the rest is libFuzzer's.
  @_cdecl("Fuzzer_main")
  public func start(
    _ count: Int32,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  ) -> Int32 {
    var count = count
    var arguments = arguments
    return runLibFuzzer(&count, &arguments, testOneInput)
  }

  /// The entry of libFuzzer for programs with a `main` of their own.
  @_silgen_name("LLVMFuzzerRunDriver")
  private func runLibFuzzer(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ input: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
  ) -> Int32

  /// Safe: set before the first input, and libFuzzer calls on one thread.
  nonisolated(unsafe) private var checker: (any InputChecker)?

  /// Takes the target's name out of the arguments. Processes that libFuzzer starts with what is left
  /// of them learn it from the environment.
  @_cdecl("LLVMFuzzerInitialize")
  public func initialize(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
  ) -> Int32 {
    let variable = "ROLLCALL_FUZZ_TARGET"
    if let name = getenv(variable) {
      checker = FuzzRun.checker(of: String(cString: name))
      return 0
    }
    let list = arguments.pointee
    let name = count.pointee > 1 ? list[1].map { String(cString: $0) } : nil
    checker = FuzzRun.checker(of: name)
    setenv(variable, name ?? "", 1)
    for index in 1..<Int(count.pointee) - 1 { list[index] = list[index + 1] }
    count.pointee -= 1
    list[Int(count.pointee)] = nil
    return 0
  }

  @_cdecl("LLVMFuzzerTestOneInput")
  public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    let input = Array(UnsafeBufferPointer(start: bytes, count: size))
    do { try checker?.check(input) } catch { FuzzRun.report(error) }
    return 0
  }
#endif
