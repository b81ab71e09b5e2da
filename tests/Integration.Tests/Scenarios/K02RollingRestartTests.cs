using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit.Abstractions;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>
/// K02: a deployment is restarted pod by pod, as Kubernetes does it. A pod that is ready joins the endpoints, another one leaves them. Its application
/// finishes what it has and listens no more, at once or, as with the usual <c>preStop</c>, when clients have heard of it; the sidecar is told to end
/// afterwards, or with it.
/// </summary>
public sealed class K02RollingRestartTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Service = "shop";
    private const string Mark = "x-mesh-repeatable";
    private const int Replicas = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly List<(EchoUpstream App, Sidecar Sidecar)> _pods = [];
    private LocalMesh _mesh = null!;
    private int _made;
    private int _marked;

    public async Task InitializeAsync()
    {
        _mesh = await LocalMesh.StartSecureAsync();
        for (var i = 0; i < Replicas; i++)
        {
            _pods.Add(await StartPodAsync());
        }

        Publish();
    }

    public async Task DisposeAsync()
    {
        await _mesh.DisposeAsync();
        foreach (var (app, _) in _pods)
        {
            await app.DisposeAsync();
        }
    }

    [Fact]
    public async Task K02_no_request_fails_while_every_pod_is_replaced()
    {
        var client = await _mesh.StartSidecarAsync();
        using var http1 = new EchoClient(client, Protocols.Http1);
        using var http2 = new EchoClient(client, Protocols.Http2);
        using var grpc = client.Client(HttpVersion.Version20);
        await AnsweringAsync(() => AnswerAsync(http1, 1), () => AnswerAsync(http2, 1), () => CallAsync(grpc));
        var old = _pods.Select(pod => pod.App.Version).ToList();
        var answers = await Load.WhileAsync(
            async () =>
            {
                foreach (var end in new[] { WithPreStop, ApplicationFirst, Together })
                {
                    await ReplaceOldestAsync(pod => end(client, pod));
                }
            },
            i =>
                (i % 3) switch
                {
                    0 => AnswerAsync(http1, i),
                    1 => AnswerAsync(http2, i),
                    _ => CallAsync(grpc),
                }
        );

        Assert.True(
            answers.Keys.SequenceEqual(["ok"]),
            string.Join('\n', answers.Select(a => $"{a.Value} x {a.Key}"))
                + string.Join(
                    '\n',
                    File.ReadLines(client.AccessLog).Where(line => !line.Contains("\" 200 - via_upstream", StringComparison.Ordinal))
                )
        );
        output.WriteLine($"{answers["ok"]} requests, and {await RetriesAsync(client)} times another pod was tried.");
        Assert.Equal(Replicas, _pods.Count);
        Assert.DoesNotContain(_pods, pod => old.Contains(pod.App.Version));
        Assert.All(_pods, pod => Assert.True(pod.App.Requests > 0, $"{pod.App.Version} was never asked"));
    }

    [Fact]
    public async Task K02_what_an_application_that_has_gone_cannot_have_seen_goes_to_another_pod()
    {
        var client = await _mesh.StartSidecarAsync();
        using var http1 = new EchoClient(client, Protocols.Http1);
        using var http2 = new EchoClient(client, Protocols.Http2);
        using var grpc = client.Client(HttpVersion.Version20);
        // Methods that nobody may repeat who does not know that they were not acted on.
        Func<Task<string>>[] calls = [() => PostAsync(http1), () => PostAsync(http2), () => CallAsync(grpc)];
        await AnsweringAsync(calls);
        // The budget of retries is a share of what was asked before.
        Assert.Equal(["ok"], (await Load.RunAsync(240, i => calls[i % 3]())).Keys);
        await _pods[0].App.StopAsync();
        Assert.Equal(["ok"], (await Load.RunAsync(60, i => calls[i % 3]())).Keys);

        // An application may say so too, and is not believed.
        using (var marked = await http1.SendAsync("/", HttpMethod.Post, Service, headers: ("x-mark", "yes")))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, marked.StatusCode);
            Assert.False(marked.Headers.Contains(Mark));
        }

        Assert.Equal(1, _marked);

        // Between proxies only.
        await Task.WhenAll(_pods.Select(pod => pod.App.StopAsync()));
        foreach (var (post, version) in new[] { (http1, "1.1"), (http2, "2.0") })
        {
            using var refused = await post.SendAsync("/", HttpMethod.Post, Service);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, version), (refused.StatusCode, refused.Version.ToString()));
            Assert.False(refused.Headers.Contains(Mark));
        }
    }

    private static async Task<string> PostAsync(EchoClient client)
    {
        using var content = new StringContent("order", Encoding.UTF8);
        using var response = await client.SendAsync("/", HttpMethod.Post, Service, content);
        return response.IsSuccessStatusCode
            ? "ok"
            : $"{response.Version}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
    }

    private static async Task AnsweringAsync(params Func<Task<string>>[] calls)
    {
        foreach (var call in calls)
        {
            await Wait.UntilAsync("answers", Patience, async () => await call() is "ok", CancellationToken.None);
        }
    }

    private static async Task<double> RetriesAsync(Sidecar client) =>
        (await Wait.TextAsync($"http://{client.Address}:15090/stats/prometheus", CancellationToken.None) ?? "")
            .Split('\n')
            .Where(line => line.StartsWith("envoy_cluster_upstream_rq_retry{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    /// <summary>The application goes on until clients have heard that its pod leaves.</summary>
    private async Task WithPreStop(Sidecar client, (EchoUpstream App, Sidecar Sidecar) pod)
    {
        await Wait.UntilAsync(
            "clients to hear of it",
            Patience,
            async () =>
                await Wait.TextAsync($"http://{client.Admin}/clusters", CancellationToken.None) is { } clusters
                && !clusters.Contains($"::{pod.Sidecar.Address}:", StringComparison.Ordinal),
            CancellationToken.None
        );
        await ApplicationFirst(client, pod);
    }

    /// <summary>A native sidecar, which ends after the application. Clients still send to the pod.</summary>
    private async Task ApplicationFirst(Sidecar client, (EchoUpstream App, Sidecar Sidecar) pod)
    {
        await pod.App.StopAsync();
        await _mesh.StopAsync(pod.Sidecar);
    }

    /// <summary>A sidecar beside the application, which is told to end at the same moment.</summary>
    private Task Together(Sidecar client, (EchoUpstream App, Sidecar Sidecar) pod) =>
        Task.WhenAll(pod.App.StopAsync(), _mesh.StopAsync(pod.Sidecar));

    private async Task ReplaceOldestAsync(Func<(EchoUpstream App, Sidecar Sidecar), Task> endAsync)
    {
        _pods.Add(await StartPodAsync());
        var leaving = _pods[0];
        _pods.RemoveAt(0);
        Publish();
        await endAsync(leaving);
        await leaving.App.DisposeAsync();
        // The next one leaves when the new one carries its share.
        var joined = _pods[^1].App;
        await Wait.UntilAsync(
            $"requests at {joined.Version}",
            Patience,
            () => Task.FromResult(joined.Requests > 10),
            CancellationToken.None
        );
    }

    private async Task<(EchoUpstream App, Sidecar Sidecar)> StartPodAsync()
    {
        var app = await EchoUpstream.StartAsync($"r{_made++}", AnswerCalls);
        return (app, await InjectedService.StartPodAsync(_mesh, Service, app));
    }

    private void Publish() =>
        _mesh.Write(
            $"{Service}.yaml",
            InjectedService
                .Yaml(Service, [.. _pods])
                .Replace($"{InjectedService.GrpcTargetPort}", $"{EchoUpstream.Http2Port}", StringComparison.Ordinal)
        );

    /// <summary>Some requests take a while, so that each application has some open when it is told to end; some have a body.</summary>
    private static async Task<string> AnswerAsync(EchoClient client, int i)
    {
        try
        {
            using var content = i % 5 == 0 ? new StringContent("order", Encoding.UTF8) : null;
            using var response = await client.SendAsync(
                "/",
                content is null ? HttpMethod.Get : HttpMethod.Put,
                Service,
                content,
                ("x-delay-ms", i % 7 == 0 ? "300" : "0")
            );
            return response.IsSuccessStatusCode && await response.Content.ReadFromJsonAsync<Echo>() is not null
                ? "ok"
                : $"{response.RequestMessage!.Method} over {response.Version}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return $"no answer: {broken.Message} {broken.InnerException?.Message}";
        }
    }

    /// <summary>A unary gRPC call: one empty message each way.</summary>
    private static async Task<string> CallAsync(HttpClient client)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{Service}:{InjectedService.GrpcPort}/shop.Cart/Get")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[5]) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        request.Headers.TE.Add(new("trailers"));
        try
        {
            using var response = await client.SendAsync(request);
            await response.Content.ReadAsByteArrayAsync();
            var status = Of(response.TrailingHeaders) ?? Of(response.Headers);
            return status == "0" ? "ok" : $"call: {(int)response.StatusCode} {status}";
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return $"no answer to a call: {broken.Message} {broken.InnerException?.Message}";
        }
    }

    private static string? Of(HttpHeaders headers) => headers.TryGetValues("grpc-status", out var values) ? values.Single() : null;

    private void AnswerCalls(WebApplication app) =>
        app.Use(
            async (context, next) =>
            {
                if (context.Request.Headers.ContainsKey("x-mark"))
                {
                    Interlocked.Increment(ref _marked);
                    context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                    context.Response.Headers[Mark] = "true";
                    return;
                }

                if (context.Request.ContentType != "application/grpc")
                {
                    await next();
                    return;
                }

                await context.Request.Body.CopyToAsync(Stream.Null);
                context.Response.ContentType = "application/grpc";
                await context.Response.Body.WriteAsync(new byte[5]);
                context.Response.AppendTrailer("grpc-status", "0");
            }
        );
}
