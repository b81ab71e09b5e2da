using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Identity;

/// <summary>S01: certificates appear by themselves, live short and rotate under load without a failed request.</summary>
public sealed class CertificateLifeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Certificates_of_ten_seconds_are_renewed_under_load_without_a_failed_request()
    {
        await using var mesh = await LocalMesh.StartSecureAsync("10s");
        await using var app = await EchoUpstream.StartAsync("app", WebSocketPath.AddTo);
        var server = await InjectedService.StartPodAsync(mesh, "shop", app);
        mesh.Write("shop.yaml", InjectedService.Yaml("shop", (app, server)));
        var client = await mesh.StartSidecarAsync();
        using var requests = new EchoClient(client, Protocols.Http1);
        await Wait.UntilAsync("shop answering", Patience, async () => await AnswerAsync(requests) == "app", CancellationToken.None);
        using var old = new ClientWebSocket();
        using var carrier = client.Client(HttpVersion.Version11);
        await old.ConnectAsync(new Uri($"ws://shop{WebSocketPath.Path}"), carrier, CancellationToken.None);
        Assert.Equal(WebSocketPath.Greeting, await HearAsync(old));
        var streams = await StreamsAsync(mesh);
        var seen = new HashSet<string>(StringComparer.Ordinal);

        var answers = await Load.WhileAsync(
            () =>
                Wait.UntilAsync(
                    "four certificates, one after the other",
                    Patience,
                    async () =>
                    {
                        seen.Add(await SerialAsync(client));
                        return seen.Count == 4;
                    },
                    CancellationToken.None
                ),
            _ => AnswerAsync(requests)
        );

        Assert.Equal(["app"], answers.Keys);
        // A connection from before all of that is as good as new.
        await old.SendAsync("still there?"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        Assert.Equal("still there?", await HearAsync(old));
        Assert.Equal(2, streams.Length);
        // Each stream goes with the certificate that opened it, and comes again by the next.
        await Wait.UntilAsync(
            "streams that were opened by other certificates",
            Patience,
            async () => await StreamsAsync(mesh) is { Length: 2 } now && !now.Intersect(streams).Any(),
            CancellationToken.None
        );
        Assert.DoesNotContain("PRIVATE KEY", await File.ReadAllTextAsync(client.LogFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_certificate_there_is_no_traffic_and_with_a_good_token_it_comes_by_itself()
    {
        await using var mesh = await LocalMesh.StartSecureAsync();
        var options = mesh.Identity!.Join("default", "client");
        var token = options[Array.IndexOf(options, "--token") + 1];
        var good = await File.ReadAllTextAsync(token);
        await File.WriteAllTextAsync(token, "0000-nobody-has-this-token");
        var address = LoopbackSubnet.NextAddress();
        mesh.Write("pod-client-1.yaml", Objects.Pod("client-1", "default", address, "app: client"));
        await using var sidecar = new Sidecar("client-1", "default", address, mesh.Root);
        sidecar.Start(options, []);
        await Wait.UntilAsync(
            "the refusal on both sides",
            Patience,
            async () =>
                await LogHasAsync(sidecar.LogFile, "There is no valid certificate")
                && await LogHasAsync(Path.Combine(mesh.Root, "controlplane.log"), "nobody knows its token"),
            CancellationToken.None
        );
        Assert.False(await Wait.AnswersAsync(sidecar.ReadyUrl, CancellationToken.None));

        await File.WriteAllTextAsync(token, good);

        await Wait.UntilAsync(
            "readiness",
            Patience,
            () => Wait.AnswersAsync(sidecar.ReadyUrl, CancellationToken.None),
            CancellationToken.None
        );
        var shown = (await CertificateAsync(sidecar))["cert_chain"]![0]!;
        Assert.Equal("spiffe://cluster.local/ns/default/sa/client", (string)shown["subject_alt_names"]![0]!["uri"]!);
        Assert.DoesNotContain(good, await File.ReadAllTextAsync(sidecar.LogFile), StringComparison.Ordinal);
        Assert.DoesNotContain(good, await File.ReadAllTextAsync(Path.Combine(mesh.Root, "controlplane.log")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roots_are_exchanged_step_by_step_while_traffic_flows()
    {
        await using var mesh = await LocalMesh.StartSecureAsync("10s");
        await using var app = await EchoUpstream.StartAsync("app");
        var server = await InjectedService.StartPodAsync(mesh, "shop", app);
        mesh.Write("shop.yaml", InjectedService.Yaml("shop", (app, server)));
        var client = await mesh.StartSidecarAsync();
        using var requests = new EchoClient(client, Protocols.Http1);
        await Wait.UntilAsync("shop answering", Patience, async () => await AnswerAsync(requests) == "app", CancellationToken.None);
        var old = await RootsAsync(client);

        var answers = await Load.WhileAsync(
            async () =>
            {
                Assert.Contains("announced", await RotateAsync(mesh, 0), StringComparison.Ordinal);
                await Wait.UntilAsync("both roots", Patience, async () => (await RootsAsync(client)).Length == 2, CancellationToken.None);
                await Wait.UntilAsync(
                    "the new root to sign",
                    Patience,
                    async () => (await Meshctl.RunAsync(Rotation(mesh))).Output.Contains("signs now", StringComparison.Ordinal),
                    CancellationToken.None
                );
                var serial = await SerialAsync(client);
                await Wait.UntilAsync(
                    "a certificate under the new root",
                    Patience,
                    async () => await SerialAsync(client) != serial,
                    CancellationToken.None
                );
            },
            _ => AnswerAsync(requests)
        );

        Assert.Equal(["app"], answers.Keys);
        Assert.Single(old);
        // Under the old root there are certificates yet: it stays.
        Assert.Contains("may be in use until", await RotateAsync(mesh, 1), StringComparison.Ordinal);
        var status = await Meshctl.RunAsync(["ca", "status", "--ca-dir", mesh.Identity!.Authority, "--control-plane", mesh.Monitoring]);
        Assert.Equal(0, status.ExitCode);
        Assert.Contains("signs", status.Output, StringComparison.Ordinal);
        Assert.Contains("retired", status.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", status.Output, StringComparison.Ordinal);
    }

    private static async Task<string> HearAsync(ClientWebSocket socket)
    {
        using var limit = new CancellationTokenSource(Patience);
        return Encoding.UTF8.GetString((await WebSocketPath.ReceiveAsync(socket, limit.Token)).Body);
    }

    /// <summary>The version that answered, over mutual TLS as the client that we are; anything else is told as what it is.</summary>
    private static async Task<string> AnswerAsync(EchoClient requests)
    {
        try
        {
            using var response = await requests.SendAsync("/", host: "shop");
            if (!response.IsSuccessStatusCode)
            {
                return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
            }

            var echo = (await response.Content.ReadFromJsonAsync<Echo>())!;
            var peer = echo.Header("x-forwarded-client-cert") ?? "";
            return peer.Contains("URI=spiffe://cluster.local/ns/default/sa/client", StringComparison.Ordinal)
                ? echo.Version
                : $"not by mutual TLS: '{peer}'";
        }
        catch (HttpRequestException broken)
        {
            return $"no answer: {broken.Message} {broken.InnerException?.Message}";
        }
    }

    private static string[] Rotation(LocalMesh mesh) =>
        ["ca", "rotate", "--ca-dir", mesh.Identity!.Authority, "--control-plane", mesh.Monitoring];

    private static async Task<string> RotateAsync(LocalMesh mesh, int exitCode)
    {
        var result = await Meshctl.RunAsync(Rotation(mesh));
        Assert.True(exitCode == result.ExitCode, result.Output + result.Error);
        return result.Output;
    }

    private static async Task<string[]> RootsAsync(Sidecar sidecar) =>
        [
            .. (await CertificateAsync(sidecar))["ca_cert"]!
                .AsArray()
                .Select(root => (string)root!["serial_number"]!)
                .Order(StringComparer.Ordinal),
        ];

    private static async Task<string> SerialAsync(Sidecar sidecar) =>
        (string)(await CertificateAsync(sidecar))["cert_chain"]![0]!["serial_number"]!;

    private static async Task<JsonNode> CertificateAsync(Sidecar sidecar) =>
        JsonNode.Parse((await Wait.TextAsync($"http://{sidecar.Admin}/certs", CancellationToken.None))!)!["certificates"]![0]!;

    /// <summary>Every open xDS stream and since when.</summary>
    private static async Task<string[]> StreamsAsync(LocalMesh mesh) =>
        [
            .. JsonNode
                .Parse((await Wait.TextAsync($"http://{mesh.Monitoring}/debug/syncz", CancellationToken.None))!)!
                .AsArray()
                .Select(stream => $"{stream!["identity"]} {stream["connectedSince"]}"),
        ];

    private static async Task<bool> LogHasAsync(string file, string text) =>
        File.Exists(file) && (await File.ReadAllTextAsync(file)).Contains(text, StringComparison.Ordinal);
}
