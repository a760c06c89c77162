/// Ten thousand Services with 150 000 endpoints, as a kube-apiserver lists them: with managed
/// fields, owners and everything else that a name server does not read.
struct LargeCluster {
  var services = 10_000
  /// Endpoints of each Service, in slices of a hundred at most.
  var endpoints = 15

  /// Every third Service is headless, its Pods with hostnames.
  func isHeadless(_ service: Int) -> Bool { service % 3 == 0 }
  func namespace(_ service: Int) -> String { "team-\(service % 100)" }
  func name(_ service: Int) -> String { "service-\(service)" }
  func clusterAddress(_ service: Int) -> String {
    "10.\(96 + service / 62_500).\(4 + service / 250 % 250).\(1 + service % 250)"
  }
  func address(_ service: Int, _ endpoint: Int) -> String {
    let number = service * endpoints + endpoint
    return "10.\(128 + number / 62_500).\(number / 250 % 250).\(1 + number % 250)"
  }

  var serviceList: [UInt8] {
    list("v1", "ServiceList", (0..<services).map(service))
  }

  var sliceList: [UInt8] {
    list(
      "discovery.k8s.io/v1", "EndpointSliceList",
      (0..<services).flatMap { service in
        stride(from: 0, to: endpoints, by: 100).map { slice(service, from: $0) }
      })
  }

  var namespaceList: [UInt8] {
    list(
      "v1", "NamespaceList",
      (0..<100).map {
        #"{"metadata":{"name":"team-\#($0)","uid":"\#(uid($0, 3))","resourceVersion":"1"}}"#
      })
  }

  private func list(_ version: String, _ kind: String, _ items: [String]) -> [UInt8] {
    Array(
      (#"{"kind":"\#(kind)","apiVersion":"\#(version)","metadata":{"resourceVersion":"1000000"},"#
        + #""items":["# + items.joined(separator: ",") + "]}").utf8)
  }

  private func uid(_ number: Int, _ salt: Int) -> String {
    let text = String(1_000_000_000_000 + number, radix: 10)
    return "0f4a71c\(salt)-7d\(number % 90 + 10)-4b1e-9c55-\(text.suffix(12))"
  }

  private func service(_ number: Int) -> String {
    let address = isHeadless(number) ? "None" : clusterAddress(number)
    return
      #"{"metadata":{"name":"\#(name(number))","namespace":"\#(namespace(number))","#
      + #""uid":"\#(uid(number, 1))","resourceVersion":"\#(number + 1)","#
      + #""creationTimestamp":"2026-01-12T08:30:00Z","labels":{"app.kubernetes.io/name":"#
      + #""\#(name(number))","app.kubernetes.io/managed-by":"Helm"},"annotations":{"#
      + #""meta.helm.sh/release-name":"release-\#(number)","#
      + #""meta.helm.sh/release-namespace":"\#(namespace(number))"},"managedFields":["#
      + #"{"manager":"helm","operation":"Update","apiVersion":"v1","time":"2026-01-12T08:30:00Z","#
      + #""fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{".":{},"#
      + #""f:meta.helm.sh/release-name":{},"f:meta.helm.sh/release-namespace":{}},"f:labels":"#
      + #"{".":{},"f:app.kubernetes.io/managed-by":{},"f:app.kubernetes.io/name":{}}},"f:spec":"#
      + #"{"f:internalTrafficPolicy":{},"f:ports":{".":{},"k:{\"port\":80,\"protocol\":\"TCP\"}":"#
      + #"{".":{},"f:name":{},"f:port":{},"f:protocol":{},"f:targetPort":{}}},"f:selector":{},"#
      + #""f:sessionAffinity":{},"f:type":{}}}}]},"spec":{"ports":[{"name":"http","protocol":"#
      + #""TCP","port":80,"targetPort":8080}],"selector":{"app.kubernetes.io/name":"#
      + #""\#(name(number))"},"clusterIP":"\#(address)","clusterIPs":["\#(address)"],"type":"#
      + #""ClusterIP","sessionAffinity":"None","ipFamilies":["IPv4"],"ipFamilyPolicy":"#
      + #""SingleStack","internalTrafficPolicy":"Cluster"},"status":{"loadBalancer":{}}}"#
  }

  func sliceName(_ service: Int) -> String { "\(name(service))-x0" }

  private func slice(_ number: Int, from first: Int) -> String {
    let last = min(endpoints, first + 100)
    return
      #"{"metadata":{"name":"\#(name(number))-x\#(first / 100)","#
      + #""generateName":"\#(name(number))-","namespace":"\#(namespace(number))","#
      + #""uid":"\#(uid(number, 2))","resourceVersion":"\#(20_000 + number)","generation":3,"#
      + #""creationTimestamp":"2026-01-12T08:30:00Z","labels":{"app.kubernetes.io/managed-by":"#
      + #""Helm","app.kubernetes.io/name":"\#(name(number))","#
      + #""endpointslice.kubernetes.io/managed-by":"endpointslice-controller.k8s.io","#
      + #""kubernetes.io/service-name":"\#(name(number))"},"annotations":{"#
      + #""endpoints.kubernetes.io/last-change-trigger-time":"2026-01-12T08:30:10Z"},"#
      + #""ownerReferences":[{"apiVersion":"v1","kind":"Service","name":"\#(name(number))","#
      + #""uid":"\#(uid(number, 1))","controller":true,"blockOwnerDeletion":true}],"managedFields":["#
      + #"{"manager":"kube-controller-manager","operation":"Update","apiVersion":"#
      + #""discovery.k8s.io/v1","time":"2026-01-12T08:30:10Z","fieldsType":"FieldsV1","fieldsV1":"#
      + #"{"f:addressType":{},"f:endpoints":{},"f:metadata":{"f:annotations":{".":{},"#
      + #""f:endpoints.kubernetes.io/last-change-trigger-time":{}},"f:generateName":{},"f:labels":"#
      + #"{".":{},"f:app.kubernetes.io/managed-by":{},"f:app.kubernetes.io/name":{},"#
      + #""f:endpointslice.kubernetes.io/managed-by":{},"f:kubernetes.io/service-name":{}},"#
      + #""f:ownerReferences":{".":{},"k:{\"uid\":\"\#(uid(number, 1))\"}":{}}},"f:ports":{}}}]},"#
      + #""addressType":"IPv4","endpoints":["#
      + (first..<last).map { endpoint(number, $0) }.joined(separator: ",")
      + #"],"ports":[{"name":"http","port":8080,"protocol":"TCP"}]}"#
  }

  private func endpoint(_ number: Int, _ index: Int) -> String {
    let hostname = isHeadless(number) ? #""hostname":"\#(name(number))-\#(index)","# : ""
    return
      #"{"addresses":["\#(address(number, index))"],"conditions":{"ready":true,"serving":true,"#
      + #""terminating":false},\#(hostname)"targetRef":{"kind":"Pod","namespace":"#
      + #""\#(namespace(number))","name":"\#(name(number))-\#(index)","uid":"#
      + #""\#(uid(number * endpoints + index, 4))"},"nodeName":"node-\#((number + index) % 500)","#
      + #""zone":"zone-\#((number + index) % 3)"}"#
  }
}
