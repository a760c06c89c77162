import Glibc
import ObjectStore

/// Measures a store on disk: `StoreBenchmark [DIRECTORY [SECONDS [writes|reads|compaction]]]`.
///
/// The directory is created, and should be on the disk in question; each measurement of writes
/// takes that many seconds; without a name everything is measured. What the disk itself needs is measured in the same run, since every
/// figure of a durable store is a multiple of it.
@main
struct StoreBenchmark {
  static func main() async throws {
    let arguments = CommandLine.arguments
    let directory = arguments.count > 1 ? arguments[1] : "/tmp/store-benchmark-\(getpid())"
    let seconds = arguments.count > 2 ? Int(arguments[2]) ?? 3 : 3
    let store = try SQLiteStore(directory: directory)

    let wanted = arguments.count > 3 ? arguments[3] : nil

    if wanted ?? "writes" == "writes" { try await measureWrites(store, in: directory, seconds) }
    if wanted ?? "reads" == "reads" { try await ReadLoad(store: store).run() }
    if wanted ?? "compaction" == "compaction" {
      try await CompactionLoad(store: store, directory: directory).run()
    }
    await store.close()

    let clock = ContinuousClock()
    let start = clock.now
    let reopened = try SQLiteStore(directory: directory)
    print("reopened in \(clock.now - start)")
    await reopened.close()
  }

  private static func measureWrites(
    _ store: SQLiteStore, in directory: String, _ seconds: Int
  ) async throws {
    report("fdatasync after 8 KiB, appended", Disk.synchronizations(in: directory, appending: true))
    report(
      "fdatasync after 8 KiB, in place", Disk.synchronizations(in: directory, appending: false))
    for writers in [1, 16] {
      for kind in [WriteLoad.Kind.create, .update] {
        let load = WriteLoad(store: store, writers: writers, kind: kind, valueSize: 1024)
        try await report("\(writers) writers, \(kind)s of 1 KiB", load.run(for: .seconds(seconds)))
      }
    }
    let watched = WriteLoad(store: store, writers: 16, kind: .update, valueSize: 1024)
    try await report(
      "16 writers, updates, 100 watches", watched.run(for: .seconds(seconds), watches: 100))
  }

  private static func report(_ name: String, _ measured: Measured) {
    print("\(name): \(measured)")
    fflush(nil)
  }
}
