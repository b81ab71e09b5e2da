namespace Mesh.Integration.Tests.Redirect;

/// <summary>The same where the client's namespace forbids NET_ADMIN: its pod has no rules, and a Sidecar opens ports for what it calls.</summary>
public sealed class UncapturedMesh : InjectedMesh
{
    public const string Outpost = "10.96.44.14";
    public const int HttpListener = 9180;
    public const int FirstListener = 9182;
    public const int GrpcListener = 9000;
    public const int OwnPort = 8180;

    protected override char Letter => 'n';

    protected override bool Captures(string pod) => pod != "client-1";

    protected override string Annotations(string pod) => pod == "client-1" ? "    sidecar.istio.io/interceptionMode: NONE" : "";

    protected override string CallWeb() => Curl("-H", $"Host: shop:{HttpListener}", $"http://127.0.0.1:{HttpListener}/");

    protected override async Task StartMoreAsync()
    {
        await base.StartMoreAsync();
        Write(
            "sidecar.yaml",
            $$"""
            apiVersion: networking.istio.io/v1
            kind: Sidecar
            metadata: { name: client, namespace: default }
            spec:
              workloadSelector: { labels: { app: client } }
              egress:
                - { port: { number: {{HttpListener}}, name: http, protocol: HTTP }, captureMode: NONE, bind: 127.0.0.1, hosts: [ "./shop.default.svc.cluster.local" ] }
                - { port: { number: {{FirstListener}}, name: tcp, protocol: TCP }, captureMode: NONE, bind: 127.0.0.1, hosts: [ "./greet.default.svc.cluster.local" ] }
                - { port: { number: {{GrpcListener}}, name: grpc, protocol: GRPC }, captureMode: NONE, bind: 127.0.0.1, hosts: [ "./rpc.default.svc.cluster.local" ] }
                - { hosts: [ "./*" ] }
            ---
            {{ServiceOf("shop", "http", HttpListener, 8080)}}
            ---
            {{ServiceOf("greet", "tcp", FirstListener, 8082)}}
            ---
            apiVersion: v1
            kind: Service
            metadata: { name: outpost, namespace: default }
            spec:
              clusterIP: {{Outpost}}
              selector: { app: client }
              ports: [ { name: http, port: 80, targetPort: {{OwnPort}} } ]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: outpost-1, namespace: default, labels: { kubernetes.io/service-name: outpost } }
            addressType: IPv4
            ports: [ { name: http, port: {{OwnPort}} } ]
            endpoints: [ { addresses: [ {{ClientAddress}} ], targetRef: { kind: Pod, name: client-1, namespace: default } } ]
            """
        );
    }

    private static string ServiceOf(string name, string protocol, int port, int targetPort) =>
        $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: {{name}}, namespace: default }
            spec:
              selector: { app: web, version: v1 }
              ports: [ { name: {{protocol}}, port: {{port}}, targetPort: {{targetPort}} } ]
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: {{name}}-1, namespace: default, labels: { kubernetes.io/service-name: {{name}} } }
            addressType: IPv4
            ports: [ { name: {{protocol}}, port: {{targetPort}} } ]
            endpoints: [ { addresses: [ {{V1}} ], targetRef: { kind: Pod, name: server-1, namespace: default } } ]
            """;
}
