using System.Text;

namespace Mesh.Integration.Tests.Harness;

/// <summary>Writes the platform's objects that scenarios start from.</summary>
internal static class Objects
{
    /// <summary>A pod's account is named by the first word of its name.</summary>
    public static string ServiceAccountOf(string pod) => pod.Split('-')[0];

    public static string Pod(string name, string ns, string address, string labels) =>
        $$"""
            apiVersion: v1
            kind: Pod
            metadata:
              name: {{name}}
              namespace: {{ns}}
              labels: { {{labels}} }
            spec:
              serviceAccountName: {{ServiceAccountOf(name)}}
            status:
              phase: Running
              podIP: {{address}}
            """;

    /// <summary>A service with an HTTP/1.1 port 80 and an HTTP/2 port 81 in front of the given upstreams, one pod each, labelled by version.</summary>
    public static string EchoService(string name, string ns, params EchoUpstream[] upstreams) =>
        EchoService(name, ns, extraPorts: "", upstreams);

    public static string EchoService(string name, string ns, string extraPorts, params EchoUpstream[] upstreams)
    {
        var yaml = new StringBuilder(
            $$"""
            apiVersion: v1
            kind: Service
            metadata:
              name: {{name}}
              namespace: {{ns}}
            spec:
              selector: { app: {{name}} }
              ports:
                - { name: http, port: 80, targetPort: {{EchoUpstream.Http1Port}} }
                - { name: http2, port: 81, targetPort: {{EchoUpstream.Http2Port}} }
            {{extraPorts}}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: {{name}}-1
              namespace: {{ns}}
              labels: { kubernetes.io/service-name: {{name}} }
            addressType: IPv4
            ports:
              - { name: http, port: {{EchoUpstream.Http1Port}} }
              - { name: http2, port: {{EchoUpstream.Http2Port}} }
            endpoints:

            """
        );
        for (var i = 0; i < upstreams.Length; i++)
        {
            yaml.AppendLine($"  - addresses: [{upstreams[i].Address}]");
            yaml.AppendLine("    conditions: { ready: true }");
            yaml.AppendLine($"    targetRef: {{ kind: Pod, name: {name}-{upstreams[i].Version}-{i}, namespace: {ns} }}");
        }

        for (var i = 0; i < upstreams.Length; i++)
        {
            yaml.AppendLine("---");
            yaml.AppendLine(
                Pod($"{name}-{upstreams[i].Version}-{i}", ns, upstreams[i].Address, $"app: {name}, version: {upstreams[i].Version}")
            );
        }

        return yaml.ToString();
    }

    /// <summary>Subsets of a service, one for each version.</summary>
    public static string Subsets(string host, string ns, params string[] versions) =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: {{host.Split('.')[0]}}, namespace: {{ns}} }
            spec:
              host: {{host}}
              subsets:
            {{string.Join('\n', versions.Select(version => $"    - {{ name: {version}, labels: {{ version: {version} }} }}"))}}
            """;

    /// <summary>A VirtualService; the body is what stands below <c>spec.http</c>.</summary>
    public static string VirtualService(string name, string ns, string host, string http, string apiVersion = "networking.istio.io/v1") =>
        $$"""
            apiVersion: {{apiVersion}}
            kind: VirtualService
            metadata: { name: {{name}}, namespace: {{ns}} }
            spec:
              hosts: [{{host}}]
              http:

            """ + http;

    /// <summary>A budget under which every retry of a test is allowed.</summary>
    public static string GenerousRetries(string host) =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: {{host}}-budget, namespace: default }
            spec:
              host: {{host}}
              trafficPolicy: { retryBudget: { percent: 100, minRetryConcurrency: 1000 } }

            """;

    /// <summary>A host that only exists to answer: shows which version of a file is in force.</summary>
    public static string Marker(string host, string text) =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: { name: {{host}}, namespace: default }
            spec:
              hosts: [ {{host}} ]
              http:
                - directResponse: { status: 200, body: { string: "{{text}}" } }

            """;
}
