using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Injector.Deciding;
using Mesh.Injector.Settings;
using Mesh.Kubernetes.Webhooks;

namespace Mesh.Injector.Admission;

/// <summary>
/// Goes the way of a review often enough for its code to be compiled before the first pod waits for it: the API server's first calls would
/// otherwise take a hundred times as long as the others.
/// </summary>
internal static class Warmup
{
    // The runtime compiles what was called thirty times once more, better.
    private const int Rounds = 40;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Decides and answers about pods of its own.</summary>
    public static void Think()
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal) { [MeshLabels.NamespaceInjection] = "enabled" };
        for (var round = 0; round < Rounds; round++)
        {
            var request = AdmissionRequest.Read(JsonNode.Parse(Review("CREATE")));
            var injection = new PodInjection(InjectionSettings.Default, Revisions.Default, ServerIsNative: round % 2 == 0);
            var output = new ArrayBufferWriter<byte>();
            AdmissionAnswer.Write(output, request, injection.Of(request.Object!, request.Namespace, labels));
        }
    }

    /// <summary>Calls the webhook as the API server does, about things that it leaves alone, so that nothing is counted. Gives up in silence.</summary>
    public static async Task CallAsync(IPEndPoint webhook, ServingCertificate certificate, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        var host =
            webhook.Address.Equals(IPAddress.Any) || webhook.Address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : webhook.Address;
        var url = new UriBuilder(Uri.UriSchemeHttps, host.ToString(), webhook.Port, "/inject").Uri;
        using var client = new HttpClient(
            new SocketsHttpHandler
            {
                UseProxy = false,
                SslOptions = new SslClientAuthenticationOptions
                {
                    // It is this process that is called: by its certificate, whoever that is for.
                    RemoteCertificateValidationCallback = (_, served, _, _) =>
                        served is not null && certificate.Current?.RawData.AsSpan().SequenceEqual(served.GetRawCertData()) == true,
                },
            }
        )
        {
            DefaultRequestVersion = HttpVersion.Version20,
        };
        var review = Encoding.UTF8.GetBytes(Review("CONNECT"));
        try
        {
            for (var round = 0; round < Rounds; round++)
            {
                using var body = new ByteArrayContent(review);
                using var answer = await client.PostAsync(url, body, limit.Token);
                await answer.Content.ReadAsByteArrayAsync(limit.Token);
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // Reviews are answered all the same, the first of them late.
        }
    }

    private static string Review(string operation) =>
        """
            {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"warm-up","operation":"OPERATION",
            "kind":{"group":"","version":"v1","kind":"Pod"},"namespace":"warm-up","object":{"apiVersion":"v1","kind":"Pod",
            "metadata":{"generateName":"a-","labels":{"app":"a"},"annotations":{
            "proxy.istio.io/config":"concurrency: 2\nterminationDrainDuration: 20s\n","sidecar.istio.io/proxyCPU":"100m",
            "traffic.sidecar.istio.io/excludeOutboundPorts":"5432,9000-9100","traffic.sidecar.istio.io/excludeOutboundIPRanges":"10.0.0.0/8",
            "prometheus.io/scrape":"true","prometheus.io/port":"8080"}},
            "spec":{"initContainers":[{"name":"b","image":"b"}],"containers":[{"name":"a","image":"a",
            "env":[{"name":"A","value":"a"}],"ports":[{"name":"http","containerPort":8080}],
            "livenessProbe":{"httpGet":{"path":"/live","port":"http"}},"readinessProbe":{"grpc":{"port":9090}},
            "startupProbe":{"tcpSocket":{"port":6379}},"lifecycle":{"preStop":{"httpGet":{"path":"/stop","port":8080}}}}],
            "volumes":[{"name":"files","emptyDir":{}}]}}}}
            """.Replace("OPERATION", operation, StringComparison.Ordinal);
}
