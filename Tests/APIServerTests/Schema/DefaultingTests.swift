import APIServer
import JSONTree
import Testing

@Suite struct DefaultingTests {
  @Test(arguments: [
    ("{}", #"{"status":{"loadBalancer":{}}}"#),
    (
      #"{"spec":{"ports":[{"port":1},{"port":2,"protocol":"UDP"}]}}"#,
      #"{"spec":{"ports":[{"port":1,"protocol":"TCP"},{"port":2,"protocol":"UDP"}],"#
        + #""sessionAffinity":"None","type":"ClusterIP"},"status":{"loadBalancer":{}}}"#
    ),
    (
      #"{"spec":{"sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":{}}}}"#,
      #"{"spec":{"sessionAffinity":"ClientIP","sessionAffinityConfig":"#
        + #"{"clientIP":{"timeoutSeconds":10800}},"type":"ClusterIP"},"#
        + #""status":{"loadBalancer":{}}}"#
    ),
  ])
  func `absent members get their defaults, once`(text: String, expected: String) throws {
    var object = try JSON(parsing: text)
    Sample.service.applyDefaults(to: &object)
    #expect(object.text == expected)
    let once = object
    Sample.service.applyDefaults(to: &object)
    #expect(object == once)
  }
}
