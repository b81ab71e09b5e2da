namespace Mesh.Integration.Tests.Harness;

/// <summary>
/// A service whose pods have sidecars: the pod's address is the sidecar's, the application listens at another one. Ports: http 80, http2 81,
/// grpc 9000.
/// </summary>
internal static class InjectedService
{
    public const int GrpcPort = 9000;
    public const int GrpcTargetPort = 7000;

    /// <summary>A sidecar for an application; its pod is selected by the service of this name.</summary>
    public static Task<Sidecar> StartPodAsync(LocalMesh mesh, string service, EchoUpstream app) =>
        mesh.StartSidecarAsync(
            PodOf(service, app),
            labels: $"app: {service}, version: {app.Version}",
            extraArguments: ["--app", app.Address]
        );

    /// <summary>The service and its endpoints.</summary>
    public static string Yaml(string service, params (EchoUpstream App, Sidecar Sidecar)[] pods) =>
        $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: {{service}}, namespace: default }
            spec:
              selector: { app: {{service}} }
              ports:
                - { name: http, port: 80, targetPort: {{EchoUpstream.Http1Port}} }
                - { name: http2, port: 81, targetPort: {{EchoUpstream.Http2Port}} }
                - { name: grpc, port: {{GrpcPort}}, targetPort: {{GrpcTargetPort}} }
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: {{service}}-1, namespace: default, labels: { kubernetes.io/service-name: {{service}} } }
            addressType: IPv4
            ports:
              - { name: http, port: {{EchoUpstream.Http1Port}} }
              - { name: http2, port: {{EchoUpstream.Http2Port}} }
              - { name: grpc, port: {{GrpcTargetPort}} }
            endpoints: [ {{string.Join(", ", pods.Select(pod => Endpoint(service, pod.App, pod.Sidecar)))}} ]

            """;

    private static string PodOf(string service, EchoUpstream app) => $"{service}-{app.Version}";

    private static string Endpoint(string service, EchoUpstream app, Sidecar sidecar) =>
        $"{{ addresses: [ {sidecar.Address} ], conditions: {{ ready: true }}, "
        + $"targetRef: {{ kind: Pod, name: {PodOf(service, app)}, namespace: default }} }}";
}
