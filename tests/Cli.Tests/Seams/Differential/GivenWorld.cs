namespace Mesh.Cli.Tests.Seams.Differential;

/// <summary>The services, subsets and clients that all cases share.</summary>
internal static class GivenWorld
{
    public const string Yaml = """
        apiVersion: v1
        kind: Service
        metadata: { name: a, namespace: default }
        spec: { clusterIP: 10.0.0.1, ports: [ { name: http, port: 80 }, { name: http-two, port: 81 } ] }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: b, namespace: default }
        spec: { clusterIP: 10.0.0.2, ports: [ { name: http, port: 80 } ] }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: c, namespace: other }
        spec: { clusterIP: 10.0.0.3, ports: [ { name: http, port: 80 }, { name: http-two, port: 8080 } ] }
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: { name: a, namespace: default }
        spec: { host: a, subsets: [ { name: v1, labels: { v: "1" } }, { name: v2, labels: { v: "2" } } ] }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, namespace: default, labels: { app: web } }
        status: { podIP: 10.1.0.1, phase: Running }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: admin, namespace: default, labels: { app: admin } }
        status: { podIP: 10.1.0.2, phase: Running }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: web, namespace: other, labels: { app: web } }
        status: { podIP: 10.1.0.3, phase: Running }
        """;

    public static readonly (string Name, string Namespace, int[] Ports, string Address)[] Services =
    [
        ("a", "default", [80, 81], "10.0.0.1"),
        ("b", "default", [80], "10.0.0.2"),
        ("c", "other", [80, 8080], "10.0.0.3"),
    ];

    /// <summary>By <c>NAMESPACE/POD</c>.</summary>
    public static readonly Dictionary<string, (string Namespace, string App, string Address)> Clients = new()
    {
        ["default/web"] = ("default", "web", "10.1.0.1"),
        ["default/admin"] = ("default", "admin", "10.1.0.2"),
        ["other/web"] = ("other", "web", "10.1.0.3"),
    };

    public static string FullName(string name, string ns) => $"{name}.{ns}.svc.cluster.local";
}
