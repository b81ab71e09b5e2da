using System.Collections.Concurrent;
using Mesh.Grpc;
using Mesh.Proxy.Http;
using Mesh.Proxy.Upstream;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.ExternalAuthorization;

/// <summary>Asks over gRPC: <c>envoy.service.auth.v3.Authorization/Check</c>.</summary>
internal sealed class GrpcChecks(TimeProvider time) : IDisposable
{
    private static readonly GrpcMethod<Pb.CheckRequest, Pb.CheckResponse> Method = new(
        "/envoy.service.auth.v3.Authorization/Check",
        Pb.CheckRequest.Parser,
        Pb.CheckResponse.Parser
    );

    // An endpoint that is gone is not asked again.
    private static readonly TimeSpan Unused = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<(string Cluster, string Prefix, string Authority), Lazy<Line>> _lines = new();

    public void Dispose()
    {
        foreach (var line in _lines.Values)
        {
            line.Value.Channel.Dispose();
        }
    }

    /// <exception cref="GrpcException">There is no answer.</exception>
    /// <exception cref="OperationCanceledException">There is none in time.</exception>
    public async Task<CheckOutcome> AskAsync(CheckRequest question, Cluster cluster, Endpoint endpoint, CancellationToken cancellation)
    {
        var headers = new GrpcMetadata();
        foreach (var (name, value) in question.Check.AddedHeaders)
        {
            headers.Add(name, value);
        }

        var answer = await LineTo(question.Check.Authority, cluster, endpoint)
            .Channel.UnaryAsync(
                Method,
                CheckMessages.Ask(question),
                new GrpcCallOptions { CancellationToken = cancellation, Headers = headers }
            );
        return CheckMessages.Read(answer);
    }

    private Line LineTo(string authority, Cluster cluster, Endpoint endpoint)
    {
        var prefix = CheckDialer.PrefixOf(cluster, endpoint);
        var line = _lines
            .GetOrAdd(
                (cluster.Name, prefix, authority),
                key =>
                {
                    Forget();
                    return new Lazy<Line>(() => Open(key.Authority, prefix, cluster, endpoint));
                }
            )
            .Value;
        line.UsedAt = time.GetTimestamp();
        return line;
    }

    private Line Open(string authority, string prefix, Cluster cluster, Endpoint endpoint)
    {
        // What the service is called is up to the configuration; where it is, to the endpoint.
        if (authority.Length == 0 || !Uri.TryCreate($"http://{authority}:{endpoint.Address.Port}/", UriKind.Absolute, out var address))
        {
            address = new Uri(prefix + "/");
        }

        return new Line(
            new GrpcChannel(
                address,
                new GrpcChannelOptions
                {
                    Dial = (_, cancellation) => CheckDialer.DialAsync(cluster, endpoint, http2: true, cancellation),
                    TimeProvider = time,
                }
            )
        )
        {
            UsedAt = time.GetTimestamp(),
        };
    }

    private void Forget()
    {
        foreach (var (key, line) in _lines)
        {
            if (line.IsValueCreated && time.GetElapsedTime(line.Value.UsedAt) > Unused && _lines.TryRemove(key, out _))
            {
                line.Value.Channel.Dispose();
            }
        }
    }

    private sealed class Line(GrpcChannel channel)
    {
        private long _usedAt;

        public GrpcChannel Channel { get; } = channel;

        public long UsedAt
        {
            get => Volatile.Read(ref _usedAt);
            set => Volatile.Write(ref _usedAt, value);
        }
    }
}
