namespace Mesh.Integration.Tests.Harness;

/// <summary>Clients of one service over both protocols, which take turns under load.</summary>
internal sealed class ClientPair(Sidecar sidecar, string host = "echo") : IDisposable
{
    public EchoClient Http1 { get; } = new(sidecar, Protocols.Http1);

    public EchoClient Http2 { get; } = new(sidecar, Protocols.Http2);

    public EchoClient[] Both => [Http1, Http2];

    /// <summary>For <see cref="Load"/>: one request over the protocol whose turn it is.</summary>
    public Task<string> AnswerAsync(int request) => AnswerAsync(request % 2 == 0 ? Http1 : Http2);

    public Task<string> AnswerAsync(EchoClient client) => Outcome.OfAsync(() => client.SendAsync("/", host: host));

    public void Dispose()
    {
        Http1.Dispose();
        Http2.Dispose();
    }
}
