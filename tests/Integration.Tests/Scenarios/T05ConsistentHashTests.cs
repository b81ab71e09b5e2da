using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

[Collection(EchoCollection.Name)]
public sealed class T05ConsistentHashTests(EchoMesh mesh)
{
    private const int Users = 60;

    public static TheoryData<string> Pairs => Protocols.Pairs;

    public static TheoryData<string, string> BothAlgorithms
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var protocol in Protocols.AllPairs)
            {
                data.Add(protocol, "ringHash: { minimumRingSize: 1024 }");
                data.Add(protocol, "maglev: {}");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(BothAlgorithms))]
    public async Task T05_A_header_keeps_its_user_at_one_endpoint(string protocol, string algorithm)
    {
        await ApplyAsync("echo", $"httpHeaderName: x-user, {algorithm}");
        using var client = new EchoClient(mesh.Client, protocol);
        await KeepsAsync(user => client.WhoAsync("/", ("x-user", user)));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T05_A_query_parameter_keeps_its_user_at_one_endpoint(string protocol)
    {
        await ApplyAsync("echo", "httpQueryParameterName: user");
        using var client = new EchoClient(mesh.Client, protocol);
        await KeepsAsync(user => client.WhoAsync($"/?a=1&user={user}"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T05_A_cookie_is_made_for_who_has_none_and_keeps_its_user_at_one_endpoint(string protocol)
    {
        await ApplyAsync("echo", "httpCookie: { name: session, path: /shop, ttl: 1h, attributes: [ { name: SameSite, value: Lax } ] }");
        var seen = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            // Each on a connection of its own, as browsers are.
            using var client = new EchoClient(mesh.Client, protocol);
            using var first = await client.SendAsync("/");
            var cookie = Assert.Single(first.Headers.GetValues("set-cookie"));
            Assert.Matches("^session=\"[0-9a-f]{16}\"; Max-Age=3600; Path=/shop; SameSite=Lax; HttpOnly$", cookie);
            var version = (await first.Content.ReadFromJsonAsync<Echo>())!.Version;
            seen.Add(version);

            using var other = new EchoClient(mesh.Client, protocol);
            using var second = await other.SendAsync("/", headers: [("cookie", $"a=b; {cookie.Split(';')[0]}")]);
            Assert.False(second.Headers.Contains("set-cookie"));
            Assert.Equal(version, (await second.Content.ReadFromJsonAsync<Echo>())!.Version);
        }

        Assert.True(seen.Count > 1, "20 clients at one endpoint of three");
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T05_The_source_address_keeps_its_client_at_one_endpoint(string protocol)
    {
        await ApplyAsync("echo", "useSourceIp: true");
        await KeepsAsync(user => FromAsync($"127.77.0.{1 + int.Parse(user, System.Globalization.CultureInfo.InvariantCulture)}", protocol));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task T05_A_new_endpoint_takes_about_its_share_of_the_users_and_the_others_stay(string protocol)
    {
        const int Many = 400;
        await using var a = await EchoUpstream.StartAsync("a");
        await using var b = await EchoUpstream.StartAsync("b");
        await using var c = await EchoUpstream.StartAsync("c");
        await using var d = await EchoUpstream.StartAsync("d");
        await mesh.Mesh.ApplyAsync("growing.yaml", Objects.EchoService("growing", "default", a, b, c));
        await ApplyAsync("growing", "httpHeaderName: x-user");
        using var client = new EchoClient(mesh.Client, protocol);
        var before = await OwnersAsync(client, Many);

        await mesh.Mesh.ApplyAsync("growing.yaml", Objects.EchoService("growing", "default", a, b, c, d));
        var after = await OwnersAsync(client, Many);

        var moved = Enumerable.Range(0, Many).Where(i => before[i] != after[i]).ToArray();
        // On a ring keys go to the new endpoint only: a quarter of them, and a ring's shares are within some 20 per cent.
        Assert.All(moved, i => Assert.Equal("d", after[i]));
        Assert.InRange(moved.Length, 50, 150);
        mesh.Mesh.Delete("growing.yaml");
    }

    [Fact]
    public async Task T05_Subsets_and_ports_have_balancers_of_their_own()
    {
        await mesh.ApplyAsync(
            """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: echo-balancing, namespace: default }
            spec:
              host: echo
              trafficPolicy:
                loadBalancer: { consistentHash: { httpHeaderName: x-user } }
                portLevelSettings:
                  - { port: { number: 81 }, loadBalancer: { simple: ROUND_ROBIN } }
              subsets:
                - name: all
                  labels: { app: echo }
                  trafficPolicy: { loadBalancer: { simple: ROUND_ROBIN } }
            ---
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: { name: echo, namespace: default }
            spec:
              hosts: [ echo ]
              http:
                - match: [ { uri: { prefix: /turns }, port: 80 } ]
                  route: [ { destination: { host: echo, subset: all } } ]
                - route: [ { destination: { host: echo } } ]
            """
        );
        using var http1 = new EchoClient(mesh.Client, Protocols.Http1);
        using var http2 = new EchoClient(mesh.Client, Protocols.Http2);

        Assert.Single(await AnswersAsync(() => http1.WhoAsync("/", ("x-user", "jason"))));
        Assert.Equal(3, (await AnswersAsync(() => http1.WhoAsync("/turns", ("x-user", "jason")))).Count);
        Assert.Equal(3, (await AnswersAsync(() => http2.WhoAsync("/", ("x-user", "jason")))).Count);
    }

    [Fact]
    public async Task T05_TCP_connections_of_one_address_stay_at_one_endpoint()
    {
        const int ServicePort = 7700;
        using var v1 = new TcpUpstream("v1");
        using var v2 = new TcpUpstream("v2");
        using var v3 = new TcpUpstream("v3");
        await mesh.ApplyAsync(
            $$"""
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: { name: sticky, namespace: default }
            spec:
              hosts: [ sticky.test ]
              addresses: [ {{mesh.Client.Address}} ]
              resolution: STATIC
              location: MESH_INTERNAL
              ports: [ { number: {{ServicePort}}, name: tcp, protocol: TCP, targetPort: {{TcpUpstream.Port}} } ]
              endpoints: [ { address: {{v1.Address}} }, { address: {{v2.Address}} }, { address: {{v3.Address}} } ]
            ---
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: sticky, namespace: default }
            spec:
              host: sticky.test
              trafficPolicy: { loadBalancer: { consistentHash: { useSourceIp: true } } }
            ---
            apiVersion: networking.istio.io/v1
            kind: Sidecar
            metadata: { name: default, namespace: default }
            spec:
              egress:
                - { port: { number: {{ServicePort}}, name: tcp, protocol: TCP }, bind: {{mesh.Client.Address}}, hosts: [ "*/sticky.test" ] }
                - { hosts: [ "*/*" ] }
            """
        );
        await KeepsAsync(async user =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(
                new IPEndPoint(IPAddress.Parse($"127.78.0.{1 + int.Parse(user, System.Globalization.CultureInfo.InvariantCulture)}"), 0)
            );
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(mesh.Client.Address), ServicePort));
            using var stream = new NetworkStream(socket);
            using var reader = new StreamReader(stream);
            return await reader.ReadToEndAsync();
        });
    }

    // Every user always the same answer, and all of them together every answer.
    private static async Task KeepsAsync(Func<string, Task<string>> ask)
    {
        var owners = new Dictionary<string, string>();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < Users; i++)
            {
                var user = i.ToString(System.Globalization.CultureInfo.InvariantCulture);
                var version = await ask(user);
                Assert.Equal(owners.GetValueOrDefault(user, version), version);
                owners[user] = version;
            }
        }

        Assert.Equal(["v1", "v2", "v3"], owners.Values.Distinct().Order());
    }

    private static async Task<HashSet<string>> AnswersAsync(Func<Task<string>> ask)
    {
        var answers = new HashSet<string>();
        for (var i = 0; i < 12; i++)
        {
            answers.Add(await ask());
        }

        return answers;
    }

    private static async Task<string[]> OwnersAsync(EchoClient client, int users)
    {
        var owners = new string[users];
        for (var i = 0; i < users; i++)
        {
            using var response = await client.SendAsync("/", host: "growing", headers: [("x-user", $"user-{i}")]);
            owners[i] = (await response.Content.ReadFromJsonAsync<Echo>())!.Version;
        }

        return owners;
    }

    private async Task<string> FromAsync(string address, string protocol)
    {
        using var client = new HttpClient(
            new SocketsHttpHandler
            {
                UseProxy = false,
                ConnectCallback = async (_, cancel) =>
                {
                    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                    socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                    await socket.ConnectAsync(mesh.Client.Outbound, cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        )
        {
            DefaultRequestVersion = Protocols.VersionOf(protocol),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        return (await client.GetFromJsonAsync<Echo>($"http://echo:{Protocols.PortOf(protocol)}/"))!.Version;
    }

    private Task ApplyAsync(string host, string hash) =>
        mesh.ApplyAsync(
            $$"""
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: { name: {{host}}-balancing, namespace: default }
            spec:
              host: {{host}}
              trafficPolicy: { loadBalancer: { consistentHash: { {{hash}} } } }
            """
        );
}
