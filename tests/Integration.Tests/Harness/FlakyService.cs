using System.Net.Http.Headers;
using System.Net.Http.Json;
using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Harness;

/// <summary>A service of flaky upstreams behind the shared client sidecar, called over one protocol and without retries.</summary>
internal sealed class FlakyService : IAsyncDisposable
{
    public const string Grpc = "grpc";
    public const string NoHealthyUpstream = "no healthy upstream";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly EchoMesh _mesh;
    private readonly string _protocol;
    private readonly HttpClient _client;

    private FlakyService(EchoMesh mesh, string name, string protocol, FlakyUpstream[] upstreams)
    {
        (_mesh, Name, _protocol, Upstreams) = (mesh, name, protocol, upstreams);
        _client = mesh.Client.Client(Protocols.VersionOf(protocol));
    }

    public string Name { get; }

    public FlakyUpstream[] Upstreams { get; }

    /// <summary>Name of the cluster that calls go to.</summary>
    public string Cluster => $"outbound|{Port}||{Name}.default.svc.cluster.local";

    private int Port => Protocols.PortOf(_protocol);

    /// <param name="outlierDetection">The block of that name as flow YAML, <c>consecutive5xxErrors: 5, …</c>.</param>
    public static async Task<FlakyService> StartAsync(
        EchoMesh mesh,
        string name,
        string protocol,
        int upstreams,
        string outlierDetection,
        string annotations = ""
    )
    {
        var service = await StartAsync(mesh, name, protocol, upstreams);
        await service.ApplyAsync(outlierDetection, annotations);
        return service;
    }

    /// <summary>Without a DestinationRule of its own.</summary>
    public static async Task<FlakyService> StartAsync(EchoMesh mesh, string name, string protocol, int upstreams)
    {
        var started = new List<FlakyUpstream>();
        for (var i = 1; i <= upstreams; i++)
        {
            started.Add(await FlakyUpstream.StartAsync($"v{i}"));
        }

        var service = new FlakyService(mesh, $"{name}-{protocol}", protocol, [.. started]);
        mesh.Mesh.Write($"{service.Name}.yaml", Objects.EchoService(service.Name, "default", [.. started.Select(u => u.App)]));
        await service.ApplyRuleAsync("");
        return service;
    }

    public async Task ApplyAsync(string outlierDetection, string annotations = "")
    {
        await ApplyRuleAsync(Rule($"outlierDetection: {{ {outlierDetection} }}", annotations));
        await OutlierPage.InForceAsync(_mesh.Client, Cluster, outlierDetection);
    }

    /// <summary>Gives the service a rule that says nothing of outliers.</summary>
    public Task ApplyPlainRuleAsync() => ApplyRuleAsync(Rule("", ""));

    /// <summary>Who answered; where nobody did, the status code or the sidecar's own words.</summary>
    public async Task<string> CallAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{Name}:{Port}/shop.Cart/Get")
        {
            Version = _client.DefaultRequestVersion,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[5]),
        };
        if (_protocol == Grpc)
        {
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
            request.Headers.TE.ParseAdd("trailers");
        }

        using var response = await _client.SendAsync(request);
        return _protocol == Grpc ? await ReadCallAsync(response) : await ReadAsync(response);
    }

    /// <summary>So many calls one after the other; how often which answer came.</summary>
    public async Task<Dictionary<string, int>> CallAsync(int times)
    {
        var answers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < times; i++)
        {
            var answer = await CallAsync();
            answers[answer] = answers.GetValueOrDefault(answer) + 1;
        }

        return answers;
    }

    /// <summary>Calls on and on until an answer fits.</summary>
    public Task CallUntilAsync(string what, Predicate<string> fits) =>
        Wait.UntilAsync(what, Patience, async () => fits(await CallAsync()), CancellationToken.None);

    /// <summary>What the sidecar shows of an upstream, 0 for the first.</summary>
    public async Task<string> HealthAsync(int upstream)
    {
        var text = await Wait.TextAsync($"http://{_mesh.Client.Admin}/clusters", CancellationToken.None);
        var port = Protocols.PortOf(_protocol) == 80 ? EchoUpstream.Http1Port : EchoUpstream.Http2Port;
        var line = $"{Cluster}::{Upstreams[upstream].App.Address}:{port}::health_flags::";
        return text!.Split('\n').Single(l => l.StartsWith(line, StringComparison.Ordinal))[line.Length..];
    }

    public Task EjectedAsync(int upstream) =>
        Wait.UntilAsync(
            $"upstream {upstream} of {Name} is ejected",
            Patience,
            async () => await HealthAsync(upstream) == "/failed_outlier_check",
            CancellationToken.None
        );

    /// <summary>A metric of outlier detection.</summary>
    public Task<double> MetricAsync(string name) => OutlierPage.MetricAsync(_mesh.Client, Cluster, name);

    /// <summary>The sidecar's log lines about this service.</summary>
    public IEnumerable<string> Log() =>
        File.ReadLines(_mesh.Client.LogFile).Where(line => line.Contains(Cluster, StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        foreach (var upstream in Upstreams)
        {
            await upstream.DisposeAsync();
        }
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode)
        {
            return (await response.Content.ReadFromJsonAsync<Echo>())!.Version;
        }

        var text = await response.Content.ReadAsStringAsync();
        return text == NoHealthyUpstream ? text : $"{(int)response.StatusCode}";
    }

    private static async Task<string> ReadCallAsync(HttpResponseMessage response)
    {
        await response.Content.ReadAsByteArrayAsync();
        var status = One(response.TrailingHeaders, "grpc-status") ?? One(response.Headers, "grpc-status");
        var message = Uri.UnescapeDataString(One(response.Headers, "grpc-message") ?? "");
        return status switch
        {
            "0" => One(response.Headers, "x-who")!,
            _ when message == NoHealthyUpstream => message,
            "14" => "503",
            _ => "500",
        };
    }

    private static string? One(HttpHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.Single() : null;

    private Task ApplyRuleAsync(string rule) =>
        _mesh.Mesh.ApplyAsync(
            $"{Name}-rules.yaml",
            rule
                + Objects.VirtualService(
                    Name,
                    "default",
                    Name,
                    $$"""
                        - route: [ { destination: { host: {{Name}} } } ]
                          retries: { attempts: 0 }
                    """
                )
        );

    private string Rule(string outlierDetection, string annotations) =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: {{Name}}, namespace: default, annotations: { {{annotations}} } }
            spec:
              host: {{Name}}
              trafficPolicy:
                loadBalancer: { simple: ROUND_ROBIN }
                {{outlierDetection}}
            ---

            """;
}
