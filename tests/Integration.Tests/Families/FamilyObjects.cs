using System.Text.Json.Nodes;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Injection;

namespace Mesh.Integration.Tests.Families;

/// <summary>What the user of a <see cref="FamilyMesh"/> has written, and what a cluster adds to it.</summary>
internal static class FamilyObjects
{
    public static JsonObject Pod(string name, string controlPlane) =>
        Pods.Yaml(
            $$"""
            apiVersion: v1
            kind: Pod
            metadata:
              name: {{name}}
              namespace: default
              labels: { app: {{Objects.ServiceAccountOf(name)}} }
              annotations: { sidecar.istio.io/discoveryAddress: "{{controlPlane}}" }
            spec:
              serviceAccountName: {{Objects.ServiceAccountOf(name)}}
              containers:
                - name: app
                  image: registry.example/app:1
                  readinessProbe: { httpGet: { path: /probed, port: 8080 }, timeoutSeconds: 30 }
                  livenessProbe: { grpc: { port: 8086 }, timeoutSeconds: 30 }
                  startupProbe: { tcpSocket: { port: 8082 }, timeoutSeconds: 30 }
                - name: deaf
                  image: registry.example/deaf:1
                  livenessProbe: { tcpSocket: { port: 8099 }, timeoutSeconds: 30 }
            """
        );

    public static string Of(AddressFamilyPlan[] families, Dictionary<string, JsonObject> pods) =>
        string.Join(
            "\n---\n",
            [
                .. pods.Select((pod, index) => Running(pod.Value, [.. families.Select(family => family.Pods[index])])),
                Service(
                    "web",
                    families,
                    family => family.Vip,
                    "{ name: http, port: 80, targetPort: 8080 }, { name: http2, port: 81, targetPort: 8081 }"
                ),
                Service("greet", families, family => family.GreetingVip, $"{{ name: tcp, port: {FamilyMesh.Greeting}, targetPort: 8082 }}"),
                $$"""
                apiVersion: v1
                kind: Service
                metadata: { name: pods, namespace: default }
                spec: { clusterIP: None, clusterIPs: [ None ], selector: { app: server }, ports: [ { name: tcp, port: 8082 }, { name: http, port: 8080 } ] }
                """,
                .. families.Select(family => Slice("web", family, "{ name: http, port: 8080 }, { name: http2, port: 8081 }")),
                .. families.Select(family => Slice("greet", family, "{ name: tcp, port: 8082 }")),
                .. families.Select(family => Slice("pods", family, "{ name: tcp, port: 8082 }, { name: http, port: 8080 }")),
            ]
        );

    private static string Running(JsonObject pod, string[] addresses)
    {
        var running = (JsonObject)pod.DeepClone();
        running["status"] = new JsonObject
        {
            ["phase"] = "Running",
            ["podIP"] = addresses[0],
            ["podIPs"] = new JsonArray([.. addresses.Select(address => new JsonObject { ["ip"] = address })]),
        };
        return running.ToJsonString();
    }

    private static string Service(string name, AddressFamilyPlan[] families, Func<AddressFamilyPlan, string> address, string ports) =>
        $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: {{name}}, namespace: default }
            spec:
              clusterIP: "{{address(families[0])}}"
              clusterIPs: [ {{string.Join(", ", families.Select(family => $"\"{address(family)}\""))}} ]
              ipFamilies: [ {{string.Join(", ", families.Select(family => family.Name))}} ]
              selector: { app: server }
              ports: [ {{ports}} ]
            """;

    private static string Slice(string service, AddressFamilyPlan family, string ports) =>
        $$"""
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: {{service}}-{{family.Name.ToLowerInvariant()}}, namespace: default, labels: { kubernetes.io/service-name: {{service}} } }
            addressType: {{family.Name}}
            ports: [ {{ports}} ]
            endpoints: [ { addresses: [ "{{family.Server}}" ], conditions: { ready: true }, targetRef: { kind: Pod, name: server-1, namespace: default } } ]
            """;
}
