import JSONTree
import KubernetesAPI
import Testing

struct TypedViewTests {
  @Test func anEndpointSliceComesBackWhole() throws {
    let text = #"""
      {"addressType":"IPv4","apiVersion":"discovery.k8s.io/v1","endpoints":[{"addresses":["10.0.0.1"],
      "conditions":{"ready":true,"serving":true,"terminating":false},"hints":{"forZones":[{"name":"z"}]},
      "hostname":"db-0","nodeName":"n","targetRef":{"kind":"Pod","name":"db-0","namespace":"a","uid":"u"},
      "zone":"z"}],"kind":"EndpointSlice","metadata":{"annotations":{"x":"y"},"labels":
      {"kubernetes.io/service-name":"db"},"name":"db-abcde","namespace":"a","ownerReferences":[{"apiVersion":
      "v1","blockOwnerDeletion":true,"controller":true,"kind":"Service","name":"db","uid":"s"}]},
      "ports":[{"appProtocol":"ldap","name":"ldap","port":389,"protocol":"TCP"}]}
      """#
    let json = try JSON(parsing: text)
    let slice = EndpointSlice(json: json)
    #expect(slice.json == json)
    #expect(slice.serviceKey == ObjectKey(namespace: "a", name: "db"))
  }

  @Test func endpointsComeBackWhole() throws {
    let text = #"""
      {"apiVersion":"v1","kind":"Endpoints","metadata":{"name":"db","namespace":"a"},"subsets":[
      {"addresses":[{"hostname":"db-0","ip":"10.0.0.1","nodeName":"n"}],"notReadyAddresses":[{"ip":"10.0.0.2"}],
      "ports":[{"name":"ldap","port":389,"protocol":"TCP"}]}]}
      """#
    let json = try JSON(parsing: text)
    #expect(Endpoints(json: json).json == json)
  }

  @Test func aServiceTellsHeadlessAndUnreadyPublishing() throws {
    var service = Service(
      json: try JSON(
        parsing: #"{"metadata":{"name":"a"},"spec":{"clusterIP":"None","ports":[{"port":389}]}}"#))
    #expect(service.isHeadless)
    #expect(!service.publishesNotReadyAddresses)
    #expect(service.ports == [Service.Port(port: 389)])
    service.metadata.annotations[Service.tolerateUnreadyAnnotation] = "true"
    #expect(service.publishesNotReadyAddresses)
    #expect(
      Service(json: try JSON(parsing: #"{"spec":{"publishNotReadyAddresses":true}}"#))
        .publishesNotReadyAddresses)
  }

  @Test func aPodReadsItsPortsAddressesAndReadiness() throws {
    let pod = Pod(
      json: try JSON(
        parsing: #"""
          {"metadata":{"name":"p"},"spec":{"hostname":"h","subdomain":"s","nodeName":"n",
          "containers":[{"ports":[{"name":"a","containerPort":1}]}],
          "initContainers":[{"ports":[{"name":"i","containerPort":2}]},
          {"restartPolicy":"Always","ports":[{"name":"s","containerPort":3,"protocol":"UDP"}]}]},
          "status":{"phase":"Running","podIP":"10.0.0.1","conditions":[{"type":"Ready","status":"True"}]}}
          """#))
    #expect(pod.ports.map(\.name) == ["a", "s"])
    #expect(pod.ports.map(\.transport) == [.tcp, .udp])
    #expect(pod.podIPs == ["10.0.0.1"])
    #expect(pod.isReady)
    #expect(!pod.isTerminal)
    #expect(Pod(json: pod.json) == pod)
  }

  @Test func viewsReadOddShapesAsAbsent() {
    let odd: JSON = ["metadata": ["labels": 3, "name": []], "spec": "x", "status": [1]]
    #expect(Service(json: odd).ports.isEmpty)
    #expect(Pod(json: odd).podIPs.isEmpty)
    #expect(EndpointSlice(json: odd).endpoints.isEmpty)
    #expect(Endpoints(json: odd).subsets.isEmpty)
    #expect(Node(json: odd).zone == nil)
    #expect(Namespace(json: odd).phase == "Active")
    #expect(Service(json: .null).metadata.name.isEmpty)
  }
}
