using System.Text;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Hostile;

namespace Mesh.Integration.Tests.Pairs;

/// <summary>
/// A sidecar in front of service <c>pair</c>: v1 and v2 are real, v3 has an address where nobody listens, v4 says what it is told to. All rules stand from the start and
/// are told apart by path.
/// </summary>
public sealed class PairMesh : IAsyncLifetime
{
    private const string Rules = """
            - match: [ { uri: { prefix: /weights } } ]
              route:
                - { destination: { host: pair, subset: v1 }, weight: 75 }
                - { destination: { host: pair, subset: v2 }, weight: 25 }
            - match: [ { uri: { prefix: /edit } } ]
              headers:
                request: { set: { x-set: rule }, add: { x-add: rule }, remove: [ x-remove ] }
                response: { set: { x-answer: rule }, remove: [ x-sha256 ] }
              route: [ { destination: { host: pair, subset: v1 } } ]
            - name: filled
              match: [ { uri: { prefix: /filled } } ]
              headers:
                request:
                  set: { x-from: "%REQ(x-first?x-second):5%|%REQ(:method)% %REQ(:path)%|%PROTOCOL%|%QUERY_PARAM(q)%", x-lost: "%REQ(x-none)%" }
                  add: { x-share: "100%%", x-to: "%UPSTREAM_HOST%", x-by: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%" }
                response:
                  set: { x-told: "%REQ(x-second)%|%RESP(x-sha256):4%|%RESPONSE_CODE%|%ROUTE_NAME%", x-sha256: "%RESP(x-none)%" }
              route: [ { destination: { host: pair, subset: v1 } } ]
            - match: [ { uri: { prefix: /given } } ]
              headers: { response: { set: { x-told: "%REQ(x-second)%|%RESP(x-answer)%" } } }
              directResponse: { status: 418 }
            - match: [ { uri: { prefix: /old/ } } ]
              rewrite: { uri: /new/, authority: inner.test }
              route: [ { destination: { host: pair, subset: v1 } } ]
            - match: [ { uri: { prefix: /redirect } } ]
              redirect: { authority: elsewhere.test, redirectCode: 307 }
            - match: [ { uri: { prefix: /direct } } ]
              directResponse: { status: 418, body: { string: "no coffee" } }
            - match: [ { headers: { x-limit: { exact: short } } } ]
              timeout: 500ms
              route: [ { destination: { host: pair, subset: v1 } } ]
            - match: [ { uri: { prefix: /canned } } ]
              route: [ { destination: { host: pair, subset: v4 } } ]
            - match: [ { uri: { prefix: /dead } } ]
              route: [ { destination: { host: pair, subset: v3 } } ]
            - route: [ { destination: { host: pair, subset: v1 } } ]

        """;

    internal LocalMesh Mesh { get; private set; } = null!;

    internal Sidecar Sidecar { get; private set; } = null!;

    internal PairUpstream V1 { get; private set; } = null!;

    internal PairUpstream V2 { get; private set; } = null!;

    internal CannedUpstream Canned { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        string[] addresses = [.. Enumerable.Range(0, 4).Select(_ => LoopbackSubnet.NextAddress())];
        V1 = await PairUpstream.StartAsync("v1", addresses[0]);
        V2 = await PairUpstream.StartAsync("v2", addresses[1]);
        Canned = new CannedUpstream(addresses[3]);
        Mesh = await LocalMesh.StartAsync();
        Mesh.Write("pair.yaml", Service(addresses));
        Mesh.Write("subsets.yaml", Objects.Subsets("pair", "default", "v1", "v2", "v3", "v4"));
        Sidecar = await Mesh.StartSidecarAsync();
        await Mesh.ApplyAsync("rules.yaml", Objects.VirtualService("pair", "default", "pair", Rules));
    }

    public async Task DisposeAsync()
    {
        await Mesh.DisposeAsync();
        await V1.DisposeAsync();
        await V2.DisposeAsync();
        Canned.Dispose();
    }

    /// <summary>A client of the pair: its own protocol, and the port that decides the upstream's.</summary>
    internal HttpClient Client(string protocol, int port) =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                Expect100ContinueTimeout = TimeSpan.FromSeconds(30),
                MaxResponseHeadersLength = 128, // KiB
                RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
                ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
                ConnectCallback = async (_, cancel) => (await RawConnection.OpenAsync(Sidecar.Outbound)).Stream,
            }
        )
        {
            BaseAddress = new Uri($"http://pair:{port}"),
            DefaultRequestVersion = Protocols.VersionOf(protocol),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TimeSpan.FromMinutes(3),
        };

    internal Task<RawConnection> ConnectAsync() => RawConnection.OpenAsync(Sidecar.Outbound);

    /// <summary>The access-log line of a request.</summary>
    internal async Task<string> LogLineAsync(string requestId)
    {
        var lines = await Sidecar.AccessLogAsync(all => all.Any(line => line.Contains(requestId, StringComparison.Ordinal)));
        return Assert.Single(lines, line => line.Contains(requestId, StringComparison.Ordinal));
    }

    private static string Service(string[] addresses)
    {
        var pods = addresses.Select((address, i) => Objects.Pod($"pair-{i}", "default", address, $"app: pair, version: v{i + 1}"));
        var endpoints = addresses.Select(
            (address, i) =>
                $"  - {{ addresses: [ {address} ], conditions: {{ ready: true }}, targetRef: {{ kind: Pod, name: pair-{i}, namespace: default }} }}"
        );
        return $$"""
            apiVersion: v1
            kind: Service
            metadata: { name: pair, namespace: default }
            spec:
              selector: { app: pair }
              ports:
                - { name: http, port: 80, targetPort: {{EchoUpstream.Http1Port}} }
                - { name: http2, port: 81, targetPort: {{EchoUpstream.Http2Port}} }
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: { name: pair-1, namespace: default, labels: { kubernetes.io/service-name: pair } }
            addressType: IPv4
            ports: [ { name: http, port: {{EchoUpstream.Http1Port}} }, { name: http2, port: {{EchoUpstream.Http2Port}} } ]
            endpoints:
            {{string.Join('\n', endpoints)}}
            ---
            {{string.Join("\n---\n", pods)}}

            """;
    }
}
