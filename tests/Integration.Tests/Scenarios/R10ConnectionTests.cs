using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>Connections that are not HTTP: by server name, by weight, and where the server speaks first. Egress listeners, so nothing is captured.</summary>
public sealed class R10ConnectionTests(R10ConnectionTests.Servers servers) : IClassFixture<R10ConnectionTests.Servers>
{
    private const int TlsPort = 15443;
    private const int TcpPort = 15444;
    private const int OnlyPort = 15445;
    private const string Openssl = "program:openssl";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LocalMesh _mesh = servers.Mesh;
    private readonly Sidecar _sidecar = servers.Sidecar;

    [PeerFact(Openssl)]
    public async Task R10_Services_without_an_address_are_told_apart_by_server_name()
    {
        await _mesh.ApplyAsync("rules.yaml", "");
        Assert.Equal("this is a", await SayAsync(TlsPort, "a.tls.test"));
        Assert.Equal("this is b", await SayAsync(TlsPort, "B.TLS.test"));
        foreach (var name in new[] { "c.tls.test", null })
        {
            Assert.Equal("", await SayAsync(TlsPort, name));
        }

        var lines = await _sidecar.AccessLogAsync(all => all.Any(line => line.Contains(" c.tls.test ", StringComparison.Ordinal)));
        Assert.Contains(
            lines,
            line =>
                line.Contains(" NR route_not_found ", StringComparison.Ordinal) && line.Contains(" c.tls.test ", StringComparison.Ordinal)
        );
        Assert.Contains(
            lines,
            line =>
                line.Contains(" a.tls.test ", StringComparison.Ordinal)
                && line.Contains("outbound|15443||a.tls.test", StringComparison.Ordinal)
        );
    }

    [PeerFact(Openssl)]
    public async Task R10_TLS_rules_choose_by_name_wildcard_and_weight()
    {
        await _mesh.ApplyAsync(
            "rules.yaml",
            $$"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: { name: wide, namespace: default }
            spec:
              hosts: [ wide.tls.test, "*.wide.tls.test" ]
              tls:
                - match: [ { port: {{TlsPort}}, sniHosts: [ "*.wide.tls.test" ] } ]
                  route: [ { destination: { host: a.tls.test } } ]
                - match: [ { port: {{TlsPort}}, sniHosts: [ exact.wide.tls.test ] } ]
                  route: [ { destination: { host: b.tls.test } } ]
                - match: [ { port: {{TlsPort}}, sniHosts: [ wide.tls.test ] } ]
                  route:
                    - destination: { host: a.tls.test }
                      weight: 80
                    - destination: { host: b.tls.test }
                      weight: 20
                - match: [ { sniHosts: [ never.wide.tls.test ], sourceLabels: { app: another } } ]
                  route: [ { destination: { host: b.tls.test } } ]
            """
        );
        Assert.Equal("this is a", await SayAsync(TlsPort, "x.wide.tls.test"));
        Assert.Equal("this is a", await SayAsync(TlsPort, "never.wide.tls.test"));
        Assert.Equal("this is b", await SayAsync(TlsPort, "exact.wide.tls.test"));
        var answers = new List<string>();
        for (var i = 0; i < 50; i++)
        {
            answers.Add(await SayAsync(TlsPort, "wide.tls.test"));
        }

        // The shares follow a smooth sequence: 80 % of 50 is 40, within two.
        Assert.InRange(answers.Count(answer => answer == "this is a"), 38, 42);
        Assert.Equal(50, answers.Count(answer => answer is "this is a" or "this is b"));
    }

    [PeerFact(Openssl)]
    public async Task R10_Rules_by_name_say_all_that_may_be_reached_at_a_port_of_TLS()
    {
        await _mesh.ApplyAsync(
            "rules.yaml",
            """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: { name: only, namespace: default }
            spec:
              hosts: [ only.tls.test ]
              tls:
                - match: [ { sniHosts: [ only.tls.test ] } ]
                  route: [ { destination: { host: b.tls.test } } ]
            """
        );
        Assert.Equal("this is b", await SayAsync(OnlyPort, "only.tls.test"));
        Assert.Equal("", await SayAsync(OnlyPort, "other.tls.test"));
    }

    [Fact]
    public async Task R10_A_hello_in_many_segments_finds_its_server()
    {
        await _mesh.ApplyAsync("rules.yaml", "");
        using var client = await ConnectAsync(TlsPort);
        await using var slow = new SegmentingStream(client.GetStream());
        await using var tls = new System.Net.Security.SslStream(slow);
        await tls.AuthenticateAsClientAsync(
            new System.Net.Security.SslClientAuthenticationOptions
            {
                TargetHost = "a.tls.test",
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=a",
            }
        );
        using var reader = new StreamReader(tls);
        Assert.Equal("this is a", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task R10_Where_the_server_speaks_first_nobody_waits_for_the_client()
    {
        await _mesh.ApplyAsync("rules.yaml", "");
        Assert.Equal("220 one", await GreetingAsync());
    }

    [Fact]
    public async Task R10_TCP_rules_share_connections_by_weight()
    {
        await _mesh.ApplyAsync(
            "rules.yaml",
            $$"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: { name: tcp, namespace: default }
            spec:
              hosts: [ one.tcp.test ]
              tcp:
                - match: [ { port: 1 } ]
                  route: [ { destination: { host: nobody.test } } ]
                - match: [ { port: {{TcpPort}} } ]
                  route:
                    - destination: { host: one.tcp.test }
                      weight: 30
                    - destination: { host: two.tcp.test }
                      weight: 70
            """
        );
        var greetings = new List<string?>();
        for (var i = 0; i < 100; i++)
        {
            greetings.Add(await GreetingAsync());
        }

        Assert.InRange(greetings.Count(greeting => greeting == "220 one"), 28, 32);
        Assert.InRange(greetings.Count(greeting => greeting == "220 two"), 68, 72);
    }

    private static string Entry(string host, int port, string protocol, string address, int targetPort) =>
        $$"""
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: { name: {{host.Replace('.', '-')}}, namespace: default }
            spec:
              hosts: [ {{host}} ]
              ports: [ { number: {{port}}, name: it, protocol: {{protocol}} } ]
              resolution: STATIC
              endpoints: [ { address: {{address}}, ports: { it: {{targetPort}} } } ]
            """;

    private async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Parse(servers.Bind), port);
        return client;
    }

    private async Task<string?> GreetingAsync()
    {
        using var client = await ConnectAsync(TcpPort);
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        return await reader.ReadLineAsync().WaitAsync(Patience);
    }

    // What the server said; nothing where the connection was closed.
    private async Task<string> SayAsync(int port, string? name)
    {
        string[] asked = name is null ? ["-noservername"] : ["-servername", name];
        using var limit = new CancellationTokenSource(Patience);
        using var process = Process.Start(
            new ProcessStartInfo("openssl", ["s_client", "-quiet", "-verify_quiet", "-connect", $"{servers.Bind}:{port}", .. asked])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            }
        )!;
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        await errors;
        return output.Trim();
    }

    /// <summary>Servers of two kinds, and a client whose egress listeners lead to them.</summary>
    public sealed class Servers : IAsyncLifetime, IDisposable
    {
        private readonly TlsServer _a = new("a");
        private readonly TlsServer _b = new("b");
        private readonly GreetingServer _one = new("one");
        private readonly GreetingServer _two = new("two");

        internal string Bind { get; } = LoopbackSubnet.NextAddress();

        internal LocalMesh Mesh { get; private set; } = null!;

        internal Sidecar Sidecar { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Mesh = await LocalMesh.StartAsync();
            Mesh.Write(
                "mesh.yaml",
                string.Join(
                    "\n---\n",
                    Entry("a.tls.test", TlsPort, "TLS", _a.Address, TlsServer.Port),
                    Entry("b.tls.test", TlsPort, "TLS", _b.Address, TlsServer.Port),
                    Entry("wide.tls.test", TlsPort, "TLS", _b.Address, TlsServer.Port),
                    Entry("one.tcp.test", TcpPort, "TCP", _one.Address, GreetingServer.Port),
                    Entry("two.tcp.test", TcpPort + 1000, "TCP", _two.Address, GreetingServer.Port),
                    Entry("only.tls.test", OnlyPort, "TLS", _a.Address, TlsServer.Port),
                    $$"""
                    apiVersion: networking.istio.io/v1
                    kind: Sidecar
                    metadata: { name: egress, namespace: default }
                    spec:
                      egress:
                        - { port: { number: {{TlsPort}}, name: tls, protocol: TLS }, bind: {{Bind}}, hosts: [ "./a.tls.test", "./b.tls.test", "./wide.tls.test" ] }
                        - { port: { number: {{OnlyPort}}, name: tls-only, protocol: TLS }, bind: {{Bind}}, hosts: [ "./only.tls.test" ] }
                        - { port: { number: {{TcpPort}}, name: tcp, protocol: TCP }, bind: {{Bind}}, hosts: [ "./one.tcp.test" ] }
                        - { hosts: [ "./*" ] }
                    """
                )
            );
            Sidecar = await Mesh.StartSidecarAsync();
        }

        public async Task DisposeAsync() => await Mesh.DisposeAsync();

        public void Dispose()
        {
            _a.Dispose();
            _b.Dispose();
            _one.Dispose();
            _two.Dispose();
        }
    }

    /// <summary>Sends every byte of the first write by itself.</summary>
    private sealed class SegmentingStream(NetworkStream inner) : Stream
    {
        private bool _cut = true;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            inner.Socket.NoDelay = true;
            var piece = _cut ? 1 : buffer.Length;
            _cut = false;
            for (; !buffer.IsEmpty; buffer = buffer[Math.Min(piece, buffer.Length)..])
            {
                await inner.WriteAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
            }
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
