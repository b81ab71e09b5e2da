using Mesh.Grpc.Health;
using Mesh.Tests;

namespace Mesh.Grpc.Tests;

/// <summary>Both directions against @grpc/grpc-js; see peers/README.md.</summary>
public sealed class NodePeerTests(NodePeerTests.Both both) : IClassFixture<NodePeerTests.Both>
{
    private const string Peer = "node:@grpc/grpc-js";

    private static readonly string[] Scenarios =
    [
        "unary",
        "empty message",
        "many unary calls",
        "server stream",
        "empty server stream",
        "client stream",
        "bidirectional stream",
        "flow control",
        "metadata",
        "every status code",
        "unicode status message",
        "deadline",
        "cancellation",
        "large message",
        "unknown method",
        "health check",
    ];

    public static TheoryData<string> NamesOfTheirClient => [.. Scenarios];

    [PeerTheory(Peer)]
    [MemberData(nameof(PeerScenarios.NamesOfOurClient), MemberType = typeof(PeerScenarios))]
    public async Task Our_client_and_their_server_agree_on(string scenario)
    {
        var server = await both.TheirServer;
        var options = new GrpcChannelOptions { MaxReceiveMessageSize = EchoService.MaxMessage };
        using var channel = new GrpcChannel(new Uri($"http://127.0.0.1:{server.Port}"), options);
        await PeerScenarios.OfOurClient[scenario](channel);
    }

    [PeerTheory(Peer)]
    [MemberData(nameof(NamesOfTheirClient))]
    public async Task Their_client_and_our_server_agree_on(string scenario)
    {
        var results = await both.TheirClient;
        var result = results.GetValueOrDefault(scenario, $"no result: {results[""]}");
        Assert.True(result == $"ok {scenario}", result);
    }

    [PeerFact(Peer)]
    public async Task Every_scenario_of_their_client_is_known_here() =>
        Assert.Equal(Scenarios.Order(), (await both.TheirClient).Keys.Where(k => k.Length > 0).Order());

    /// <summary>Their server, and their client's results against ours; started by the first test that asks.</summary>
    public sealed class Both : IAsyncLifetime
    {
        private readonly Lazy<Task<PeerProcess>> _server = new(() => PeerProcess.ServeAsync("node"));
        private readonly Lazy<Task<IReadOnlyDictionary<string, string>>> _client = new(async () =>
        {
            await using var server = await TestServer.StartAsync(app =>
            {
                new EchoService().Map(app);
                new HealthService().Map(app);
            });
            return await PeerProcess.CallAsync("node", server.Address.Port);
        });

        internal Task<PeerProcess> TheirServer => _server.Value;

        internal Task<IReadOnlyDictionary<string, string>> TheirClient => _client.Value;

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task DisposeAsync()
        {
            if (_server.IsValueCreated)
            {
                await (await _server.Value).DisposeAsync();
            }
        }
    }
}
