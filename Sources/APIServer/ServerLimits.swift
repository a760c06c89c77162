/// The bounds of the server, and how each was chosen.
enum ServerLimits {
  /// The largest request body: that of a kube-apiserver, which is twice etcd's largest value.
  static let requestBody = 3 << 20

  /// Live events that may wait for one watcher. At a thousand writes a second a client that takes
  /// nothing for some seconds is cut off, before its queue holds more than a few megabytes.
  static let watcherQueue = 4096

  /// Events joined into one piece of a watch response, and about how large such a piece gets:
  /// enough to fill several TLS records, small against a socket buffer.
  static let eventsPerWatchChunk = 256
  static let watchChunkBytes = 64 << 10

  /// Changes of one kind kept in memory for watches that resume, and the bytes of their objects.
  /// A client that was away for a minute at a hundred changes a second finds its place.
  static let eventsInWindow = 10_000
  static let bytesInWindow = 32 << 20

  /// Revisions of history read from the store when a server starts, so that watches resume
  /// across a restart.
  static let primedRevisions: UInt64 = 5000

  /// Objects read from the store at once while loading.
  static let loadPage = 1000

  /// How long a request waits for a revision that has not been reached, as in a kube-apiserver.
  static let freshnessWait = Duration.seconds(3)

  /// Between bookmarks of one watch.
  static let bookmarkInterval = Duration.seconds(60)

  /// How long a watch lasts that names no timeout, and up to twice that, so that many watches do
  /// not end together.
  static let watchDuration = Duration.seconds(1800)

  /// How often deadlines are looked at.
  static let tick = Duration.milliseconds(200)

  /// Requests answered at once, watches apart: a kube-apiserver's limits. Beyond them clients are
  /// told to come back.
  static let readsAtOnce = 400
  static let writesAtOnce = 200

  /// Attempts at a write whose object others change meanwhile, before the client is told.
  static let writeAttempts = 50

  /// Names tried for one `generateName`.
  static let generatedNames = 8
}
