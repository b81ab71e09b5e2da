using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>One path and one host for routing, authorization, log and upstream: curl → client sidecar → server sidecar → nginx.</summary>
public sealed class S07PathTests(S07PathTests.NginxMesh mesh) : IClassFixture<S07PathTests.NginxMesh>
{
    private const string Service = "shop";

    private readonly Sidecar _server = mesh.Server;
    private readonly Sidecar _client = mesh.Client;

    public static TheoryData<string> Pairs => Protocols.Pairs;

    [PeerTheory(NginxUpstream.Peer)]
    [MemberData(nameof(Pairs))]
    public async Task S07_Every_spelling_of_a_path_is_one_path_for_everybody(string protocol)
    {
        // At BASE, which is the default.
        foreach (
            var (path, expected) in new[]
            {
                ("/a/b", "/a/b"),
                ("/a/./b", "/a/b"),
                ("/a/../admin", "/admin"),
                ("/a/%2e%2E/admin", "/admin"),
                ("/%61dmin/", "/admin/"),
                ("/a\\..\\admin", "/admin"),
                ("//admin", "//admin"),
                ("/x/..//admin", "//admin"),
                ("/x%2f..%2fadmin", "/x%2f..%2fadmin"),
                ("/x%5cadmin", "/x%5cadmin"),
                ("/admin;x=1", "/admin;x=1"),
                ("/..;/admin", "/..;/admin"),
                ("/a%23b", "/a%23b"),
                ("/%252e%252e/admin", "/%252e%252e/admin"),
                ("/a/../admin?x=/../%2e&y=//", "/admin?x=/../%2e&y=//"),
                ("/a/../secret", "403"),
                ("/%73ecret/x", "403"),
                ("/a\\..\\secret", "403"),
                ("/.//../secret", "403"),
                ("/secret/../a", "/a"),
                ("/a%00b", "400"),
            }
        )
        {
            await AssertOneAsync(protocol, path, expected);
        }
    }

    [PeerTheory(NginxUpstream.Peer)]
    [MemberData(nameof(Pairs))]
    public async Task S07_Every_spelling_of_a_host_is_one_host_for_everybody(string protocol)
    {
        var port = Protocols.PortOf(protocol);
        foreach (var host in new[] { "shop", "SHOP", "Shop.", "shop..", "shop.default.SVC.cluster.local." })
        {
            var expected = host.ToLowerInvariant().TrimEnd('.');
            var answer = await AskAsync(protocol, "/h", $"{host}:{port}", "host");
            Assert.Equal($"/h {expected}:{port} other", answer);
        }

        Assert.Equal("400", await AskAsync(protocol, "/h", "a@shop", "host-user"));
    }

    [PeerFact(NginxUpstream.Peer)]
    public async Task S07_A_fragment_is_refused()
    {
        // curl sends none, so this is by hand.
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(_client.Outbound);
        await using var stream = client.GetStream();
        await stream.WriteAsync("GET /a#/../secret HTTP/1.1\r\nHost: shop\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 400 ", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }

    [PeerFact(NginxUpstream.Peer)]
    public async Task S07_The_mesh_configuration_sets_the_level()
    {
        SetLevel("MERGE_SLASHES");
        await UntilAnswersAsync(Protocols.Http1, "//a", "/a");
        foreach (var protocol in Protocols.AllPairs)
        {
            await UntilAnswersAsync(protocol, "//a", "/a");
            await AssertOneAsync(protocol, "//admin///x", "/admin/x");
            await AssertOneAsync(protocol, "//secret", "403");
            await AssertOneAsync(protocol, "/x%2f..%2fsecret", "/x%2f..%2fsecret");
        }

        SetLevel("DECODE_AND_MERGE_SLASHES");
        foreach (var protocol in Protocols.AllPairs)
        {
            await UntilAnswersAsync(protocol, "/a%2fb", "/a/b");
            await AssertOneAsync(protocol, "/x%2f..%2fadmin", "/admin");
            await AssertOneAsync(protocol, "/x%5C..%5csecret", "403");
            await AssertOneAsync(protocol, "/x%2f..%2fsecret", "403");
            await AssertOneAsync(protocol, "/%252fsecret", "/%252fsecret");
        }

        SetLevel("NONE");
        foreach (var protocol in Protocols.AllPairs)
        {
            await UntilAnswersAsync(protocol, "/a/../b", "/a/../b");
        }

        SetLevel("BASE");
        foreach (var protocol in Protocols.AllPairs)
        {
            await UntilAnswersAsync(protocol, "/a/../b", "/b");
        }
    }

    // What nginx got is what both logs say, and what routes and policies went by.
    private async Task AssertOneAsync(string protocol, string path, string expected)
    {
        var id = Guid.NewGuid().ToString();
        var answer = await AskAsync(protocol, path, Service, id);
        if (expected is "400" or "403")
        {
            Assert.True(answer == expected, $"{path} over {protocol}: {answer}");
            return;
        }

        var bare = expected.Split('?')[0];
        var rule = bare.StartsWith("/admin", StringComparison.Ordinal) ? "admin" : "other";
        Assert.True(answer == $"{expected} {Service} {rule}", $"{path} over {protocol}: {answer}");
        foreach (var sidecar in new[] { _client, _server })
        {
            var lines = await sidecar.AccessLogAsync(all => all.Any(line => line.Contains(id, StringComparison.Ordinal)));
            var line = Assert.Single(lines, line => line.Contains(id, StringComparison.Ordinal));
            Assert.Contains($"\"GET {expected} HTTP/", line, StringComparison.Ordinal);
        }
    }

    // The body of a 200, else the status.
    private Task<string> AskAsync(string protocol, string path, string host, string id) => AskAsync(_client, protocol, path, host, id);

    private static async Task<string> AskAsync(Sidecar client, string protocol, string path, string host, string id)
    {
        var version = Protocols.VersionOf(protocol).Major == 2 ? "--http2-prior-knowledge" : "--http1.1";
        var port = Protocols.PortOf(protocol);
        var authority = host.Contains(':', StringComparison.Ordinal) || port == 80 ? host : $"{host}:{port}";
        var text = await Curl.RunAsync(
            "-s",
            version,
            "--path-as-is",
            "-w",
            "\n%{http_code}",
            "-H",
            $"Host: {authority}",
            "-H",
            $"x-request-id: {id}",
            $"http://{client.Outbound}{path}"
        );
        var cut = text.LastIndexOf('\n');
        var status = text[(cut + 1)..];
        var body = text[..cut];
        // A malformed HTTP/2 request may be answered by a reset of its stream (RFC 9113 section 8.1.1), which curl calls 000.
        return status == "000" ? "400"
            : status != "200" ? status
            : host.Contains(':', StringComparison.Ordinal) ? body
            : body.Replace($" {host}:{port} ", $" {host} ", StringComparison.Ordinal);
    }

    private void SetLevel(string level)
    {
        mesh.Mesh.Write(
            "mesh.yaml",
            $$"""
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: istio, namespace: istio-system }
            data: { mesh: "pathNormalization: { normalization: {{level}} }" }
            """
        );
    }

    private Task UntilAnswersAsync(string protocol, string path, string expected) => UntilAnswersAsync(_client, protocol, path, expected);

    private static Task UntilAnswersAsync(Sidecar client, string protocol, string path, string expected) =>
        Wait.UntilAsync(
            $"{path} answered with {expected} over {protocol}",
            TimeSpan.FromSeconds(60),
            async () => (await AskAsync(client, protocol, path, Service, "wait")).Split(' ')[0] == expected,
            CancellationToken.None
        );

    /// <summary>nginx behind a sidecar, and a client.</summary>
    public sealed class NginxMesh : IAsyncLifetime
    {
        private NginxUpstream? _nginx;

        internal LocalMesh Mesh { get; private set; } = null!;

        internal Sidecar Server { get; private set; } = null!;

        internal Sidecar Client { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            if (Peers.WhyMissing(NginxUpstream.Peer) is not null)
            {
                return;
            }

            _nginx = await NginxUpstream.StartAsync();
            Mesh = await LocalMesh.StartAsync();
            Server = await Mesh.StartSidecarAsync("shop-1", labels: $"app: {Service}", extraArguments: ["--app", _nginx.Address]);
            Mesh.Write("shop.yaml", InjectedService.Yaml(Service, []).Replace("endpoints: [  ]", Endpoints(), StringComparison.Ordinal));
            Client = await Mesh.StartSidecarAsync();
            await Mesh.ApplyAsync(
                "rules.yaml",
                Objects.VirtualService(
                    Service,
                    "default",
                    Service,
                    """
                        - match: [ { uri: { prefix: /admin } } ]
                          headers: { request: { set: { x-rule: admin } } }
                          route: [ { destination: { host: shop } } ]
                        - headers: { request: { set: { x-rule: other } } }
                          route: [ { destination: { host: shop } } ]

                    """
                )
                    + """

                    ---
                    apiVersion: security.istio.io/v1
                    kind: AuthorizationPolicy
                    metadata: { name: shop, namespace: default }
                    spec:
                      selector: { matchLabels: { app: shop } }
                      action: DENY
                      rules: [ { to: [ { operation: { paths: [ "/secret*" ] } } ] } ]

                    """
            );
            foreach (var protocol in new[] { Protocols.Http1, Protocols.Http2 })
            {
                await UntilAnswersAsync(Client, protocol, "/", "/");
                await UntilAnswersAsync(Client, protocol, "/secret", "403");
            }
        }

        public async Task DisposeAsync()
        {
            if (_nginx is not null)
            {
                await Mesh.DisposeAsync();
                await _nginx.DisposeAsync();
            }
        }

        private string Endpoints() =>
            $"endpoints: [ {{ addresses: [ {Server.Address} ], conditions: {{ ready: true }}, targetRef: {{ kind: Pod, name: shop-1, namespace: default }} }} ]";
    }
}
