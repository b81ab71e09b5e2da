using Mesh.Config;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Translation;

namespace Mesh.ControlPlane.Tests.Translation;

/// <summary>Objects and snapshots from YAML, for tests that state one rule.</summary>
internal static class Given
{
    public static ParseResult Parsed(string yaml, string file = "given.yaml")
    {
        var result = ObjectParser.Parse(file, yaml);
        Assert.DoesNotContain(result.Diagnostics, diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        return result;
    }

    public static ObjectSet Objects(string yaml, ObjectSet? previous = null) => ObjectSet.From(Parsed(yaml).Objects, previous);

    public static MeshSnapshot Snapshot(params string[] documents) =>
        Translator.Translate(Objects(string.Join("\n---\n", documents)), MeshSettings.Default).Snapshot;

    public static string Service(string name, string ns) =>
        $$"""
            apiVersion: v1
            kind: Service
            metadata: {name: {{name}}, namespace: {{ns}}}
            spec: {ports: [{name: http, port: 80}]}
            """;

    public static string Slice(string service, string ns, params string[] addresses)
    {
        var endpoints = string.Join(", ", addresses.Select(address => $"{{addresses: [{address}]}}"));
        return $$"""
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: {{service}}-1
              namespace: {{ns}}
              labels: {kubernetes.io/service-name: {{service}}}
            addressType: IPv4
            ports: [{name: http, port: 8080}]
            endpoints: [{{endpoints}}]
            """;
    }

    public static string Routes(string name, string ns, string host, string more = "", string created = "")
    {
        var age = created.Length > 0 ? $"creationTimestamp: \"{created}\"" : "";
        var target = host.Replace("*", "any", StringComparison.Ordinal);
        return $$"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata:
              name: {{name}}
              namespace: {{ns}}
              {{age}}
            spec:
              hosts: ["{{host}}"]
              {{more}}
              http:
                - name: {{name}}
                  route: [{destination: {host: "{{target}}"} }]
            """;
    }

    public static string Rule(string name, string ns, string host, string more = "") =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: {{name}}, namespace: {{ns}}}
            spec:
              host: "{{host}}"
              {{more}}
              trafficPolicy: {loadBalancer: {simple: RANDOM} }
            """;
}
