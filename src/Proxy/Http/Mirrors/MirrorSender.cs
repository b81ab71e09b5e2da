using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Metrics;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.Mirrors;
using Mesh.Proxy.Security.Tls;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Microsoft.Extensions.Primitives;

namespace Mesh.Proxy.Http.Mirrors;

/// <summary>
/// Sends copies of requests and forgets their answers. Has connections of its own, so that a slow or dead mirror is never felt: what exceeds a
/// limit is dropped and counted. Knows nothing of the codec that the request came through.
/// </summary>
internal sealed class MirrorSender : IDisposable
{
    /// <summary>Bytes of body that a copy may have: 1 MiB. A request with more is not copied.</summary>
    public const int MaxBody = 1024 * 1024;

    /// <summary>Bytes of body that all copies together may hold: 64 MiB.</summary>
    public const long MaxHeld = 64L * 1024 * 1024;

    /// <summary>Copies to one cluster that may be under way at once: 256.</summary>
    public const int MaxConcurrent = 256;

    // A route without a time limit would let a silent mirror hold its places for ever.
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(1);
    private static readonly HttpRequestOptionsKey<MirrorCopy> CopyKey = new("mirror");
    private static readonly string[] Results = ["", "answered", "failed", "busy", "too_large", "incomplete", "no_endpoint"];

    private readonly EndpointResolver _resolver;
    private readonly HttpMessageInvoker _invoker;
    private readonly CancellationTokenSource _stopping = new();
    private readonly MetricFamily<(string Cluster, MirrorResult Result), Counter> _counts;
    private long _held;

    public MirrorSender(EndpointResolver resolver, MetricRegistry metrics)
    {
        _resolver = resolver;
        _counts = metrics.Counters<(string Cluster, MirrorResult Result)>(
            "mesh_mirrored_requests_total",
            "Copies of requests for mirrors, by what became of them.",
            ["cluster", "result"],
            key => [key.Cluster, Results[(int)key.Result]]
        );
        _invoker = new HttpMessageInvoker(TrafficDefaults.MirrorHandler(DialAsync, MaxConcurrent, IdleTimeout));
    }

    /// <summary>The copies that a request will have; null where it has none, which costs nothing.</summary>
    public MirrorCopies? Begin(RequestSession session, ConnectionTarget target, ProxyConfig config)
    {
        var forward = session.Record.Plan.Forward;
        // A switched connection is no request that could be sent twice.
        if (
            forward is null
            || forward.Mirrors.IsEmpty
            || session.Head.TryGet(KnownHeader.Upgrade, out _)
            || session.Head.Method.SequenceEqual("CONNECT"u8)
        )
        {
            return null;
        }

        List<MirrorCopy>? copies = null;
        foreach (var mirror in forward.Mirrors)
        {
            if (!mirror.Share.Takes(Random.Shared))
            {
                continue;
            }

            if (CopyOf(session, mirror, target, config) is { } copy)
            {
                (copies ??= []).Add(copy);
            }
            else
            {
                _counts.Get((mirror.ClusterName, MirrorResult.NoEndpoint)).Inc();
            }
        }

        return copies is null ? null : new MirrorCopies(this, copies, forward.Timeout > TimeSpan.Zero ? forward.Timeout : DefaultTimeout);
    }

    /// <summary>Room for more bytes of a body; <see cref="Release"/> gives it back.</summary>
    public bool TryHold(int bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= MaxHeld)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref _held, -bytes);

    public void Count(MirrorCopy copy, MirrorResult result)
    {
        if (result != MirrorResult.None)
        {
            _counts.Get((copy.Cluster.Name, result)).Inc();
        }
    }

    /// <summary>Sends every copy, waiting for none.</summary>
    public void Send(IReadOnlyList<MirrorCopy> copies, ReadOnlyMemory<byte> body, TimeSpan timeout) =>
        _ = SendAllAsync(copies, body, timeout);

    public void Dispose()
    {
        _stopping.Cancel();
        _invoker.Dispose();
        _stopping.Dispose();
    }

    private async Task SendAllAsync(IReadOnlyList<MirrorCopy> copies, ReadOnlyMemory<byte> body, TimeSpan timeout)
    {
        // The client's own request goes first.
        await Task.Yield();
        try
        {
            await Task.WhenAll(copies.Select(copy => SendAsync(copy, body, timeout)));
        }
        finally
        {
            Release(body.Length);
        }
    }

    private async Task SendAsync(MirrorCopy copy, ReadOnlyMemory<byte> body, TimeSpan timeout)
    {
        var state = copy.Cluster.State;
        if (!state.TryBeginMirror(MaxConcurrent))
        {
            Count(copy, MirrorResult.Busy);
            copy.Message.Dispose();
            return;
        }

        var failed = true;
        copy.Endpoint.State.RequestStarted();
        try
        {
            using var message = copy.Message;
            AddContent(message, body);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            limit.CancelAfter(timeout);
            using var response = await _invoker.SendAsync(message, limit.Token);
            await response.Content.CopyToAsync(Stream.Null, limit.Token);
            failed = false;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Whatever it was, the client has its answer from elsewhere.
        }
        finally
        {
            copy.Endpoint.State.RequestEnded(failed);
            state.EndMirror();
            Count(copy, failed ? MirrorResult.Failed : MirrorResult.Answered);
        }
    }

    private MirrorCopy? CopyOf(RequestSession session, MirrorPolicy mirror, ConnectionTarget target, ProxyConfig config)
    {
        if (
            mirror.Cluster is not { } cluster
            || cluster.Kind == ClusterKind.BlackHole
            || _resolver.Resolve(new PickContext(cluster), target, config) is not { } endpoint
        )
        {
            return null;
        }

        var head = session.Head;
        var http2 = cluster.Protocol switch
        {
            UpstreamProtocol.Http1 => false,
            UpstreamProtocol.Http2 => true,
            _ => head.Version == HttpVersionKind.Http2,
        };
        var message = new HttpRequestMessage
        {
            Method = HttpMethod.Parse(Encoding.Latin1.GetString(head.Method)),
            Version = http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        try
        {
            UpstreamMessage.Fill(message, session, PrefixOf(cluster, endpoint), http2);
        }
        catch (UriFormatException)
        {
            // Such as OPTIONS *: .NET's client has no way to ask for what has no path.
            message.Dispose();
            return null;
        }

        if (head.TryGet(KnownHeader.Connection, out var listed))
        {
            foreach (var name in Encoding.Latin1.GetString(listed).Split(',', StringSplitOptions.TrimEntries))
            {
                if (name.Length > 0 && HopByHopHeaders.Contains(name, new StringValues(name)))
                {
                    UpstreamHeaders.Remove(message, name);
                }
            }
        }

        message.Headers.ExpectContinue = null;
        if (mirror.MarksAuthority)
        {
            message.Headers.Host = ShadowAuthority.Of(message.Headers.Host ?? "");
        }

        var copy = new MirrorCopy(message, cluster, endpoint);
        message.Options.Set(CopyKey, copy);
        return copy;
    }

    private static void AddContent(HttpRequestMessage message, ReadOnlyMemory<byte> body)
    {
        var described = message.Options.TryGetValue(UpstreamContent.Headers, out var headers);
        if (body.IsEmpty && !described)
        {
            return;
        }

        message.Content = new ReadOnlyMemoryContent(body);
        foreach (var (name, value) in headers ?? [])
        {
            // The length is that of the bytes at hand.
            if (!name.Equals("content-length", StringComparison.OrdinalIgnoreCase))
            {
                message.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }
    }

    private static async ValueTask<Stream> DialAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        context.InitialRequestMessage.Options.TryGetValue(CopyKey, out var copy);
        return await UpstreamDialer.OpenAsync(
            copy!.Endpoint.Address,
            copy.Cluster.ConnectTimeout,
            copy.Cluster.TransportOf(copy.Endpoint),
            context.InitialRequestMessage.Version == HttpVersion.Version20 ? TlsUse.Http2 : TlsUse.Http1,
            static socket => new NetworkStream(socket, ownsSocket: true),
            cancellation
        );
    }

    // The client keeps connections by their URI's host, and those of another encryption are not to be used.
    private static string PrefixOf(Cluster cluster, Endpoint endpoint) =>
        cluster.TransportOf(endpoint).Tls is { } tls
            ? $"http://{tls.Name}.{endpoint.Address.Address.ToString().Replace(':', '-')}:{endpoint.Address.Port}"
            : endpoint.State.Connections.UriPrefix(endpoint.Address);
}
