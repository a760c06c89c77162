import Testing

@testable import ClusterDNS

struct PatternTests {
  /// Pattern, text, and its groups if it matches.
  @Test(
    arguments: [
      ("(.*)\\.example\\.org\\.", "a.b.example.org.", ["a.b.example.org.", "a.b"]),
      ("^a", "ba", nil), ("a$", "ab", nil), ("^$", "", [""]), ("b+", "abbbc", ["bbb"]),
      ("b+?", "abbbc", ["b"]), ("a|ab", "ab", ["a"]), ("(?:a|ab)c", "abc", ["abc"]),
      ("(a*)(b*)", "aabb", ["aabb", "aa", "bb"]), ("x?(y)?", "xz", ["x", ""]),
      ("[a-c]{2,3}", "xabcd", ["abc"]), ("[^.]+", "ab.cd", ["ab"]), ("\\d+-\\w", "a12-b", ["12-b"]),
      ("[\\d.]+", "a1.2b", ["1.2"]), ("(?i)ABC", "xabcx", ["abc"]), ("a{2}", "aaa", ["aa"]),
      ("a{2,}", "aaaa", ["aaaa"]), ("a{0}b", "ab", ["b"]),
      ("(?P<n>b)(?<m>c)", "abc", ["bc", "b", "c"]),
      ("a{x}", "a{x}", ["a{x}"]), ("[]a]+", "x]a]", ["]a]"]), ("[a-]+", "b-a", ["-a"]),
      ("a{-1,2}", "a{-1,2}", ["a{-1,2}"]), (".", "\n", nil), ("(a|b)*c", "abac", ["abac", "a"]),
      ("\\.", "a", nil),
      ("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", nil),
    ] as [(String, String, [String]?)])
  func `Patterns match what Go's would`(
    pattern: String, text: String, groups: [String]?
  ) throws {
    let matcher = PatternMatcher(try Pattern(pattern))
    let bytes = Array(text.utf8)
    // Twice: the memory of the first time is used again.
    for _ in 0..<2 {
      let isFound = matcher.matches(bytes)
      #expect(isFound == (groups != nil))
      guard isFound else { continue }
      let found = (0..<matcher.groupCount).map {
        String(decoding: matcher.group($0, of: bytes), as: UTF8.self)
      }
      #expect(found == groups)
    }
  }

  @Test(arguments: [
    "(", ")", "a)", "[", "[a", "*", "a(?", "(?=a)", "\\", "\\q", "[z-a]", "a{3,2}", "a{1001}",
    "[[:alpha:]]", String(repeating: "(", count: 40) + String(repeating: ")", count: 40),
    "((((a{99}){99}){99}){99})",
  ])
  func `What cannot be read is told`(text: String) {
    #expect(throws: Pattern.Failure.self) { try Pattern(text) }
  }

  @Test func `Text that is anything never traps`() {
    var random = SeededGenerator(seed: 5)
    let parts = [
      "(", ")", "[", "]", "a", "^", "-", "*", "+", "?", "{", "2", ",", "}", "|", "\\", ".",
    ]
    for _ in 0..<5000 {
      let text = (0..<Int.random(in: 0..<14, using: &random)).map { _ in
        parts[Int.random(in: 0..<parts.count, using: &random)]
      }.joined()
      guard let pattern = try? Pattern(text) else { continue }
      _ = PatternMatcher(pattern).matches(Array("aa.a2,a}".utf8))
    }
  }
}
