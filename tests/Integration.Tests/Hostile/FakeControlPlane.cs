using System.Net;
using System.Threading.Channels;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Grpc;
using Mesh.Xds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>A control plane in this process that gives what it has to who asks, and says on top whatever a test makes it say.</summary>
internal sealed class FakeControlPlane : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly GrpcMethod<Pb.DeltaDiscoveryRequest, Pb.DeltaDiscoveryResponse> Method = new(
        XdsMethods.DeltaAggregatedResourcesPath,
        Pb.DeltaDiscoveryRequest.Parser,
        Pb.DeltaDiscoveryResponse.Parser
    );

    private readonly WebApplication _app;
    private readonly Channel<Pb.DeltaDiscoveryResponse> _toSend = Channel.CreateUnbounded<Pb.DeltaDiscoveryResponse>();
    private readonly Channel<Pb.DeltaDiscoveryRequest> _answers = Channel.CreateUnbounded<Pb.DeltaDiscoveryRequest>();
    private readonly Dictionary<(string Type, string Name), IMessage> _resources = [];
    private readonly Lock _gate = new();
    private byte[]? _rawAnswer;
    private CancellationTokenSource _drop = new();
    private int _nonce;
    private int _rawAnswers;

    private FakeControlPlane(WebApplication app) => _app = app;

    public string Address => $"127.0.0.1:{new Uri(_app.Urls.First()).Port}";

    /// <summary>Calls that were answered with raw bytes.</summary>
    public int RawAnswers => Volatile.Read(ref _rawAnswers);

    public static async Task<FakeControlPlane> StartAsync(params IMessage[] resources)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        var server = new FakeControlPlane(app);
        server.Keep(resources);
        app.Use(
            async (context, next) =>
            {
                if (Volatile.Read(ref server._rawAnswer) is { } raw)
                {
                    context.Response.ContentType = "application/grpc";
                    await context.Response.BodyWriter.WriteAsync(raw);
                    Interlocked.Increment(ref server._rawAnswers);
                    return;
                }

                await next(context);
            }
        );
        app.MapGrpcDuplex(Method, server.ServeAsync);
        await app.StartAsync();
        return server;
    }

    /// <summary>What it has from now on, for who asks; nothing is sent for it.</summary>
    public void Keep(params IMessage[] resources)
    {
        lock (_gate)
        {
            foreach (var resource in resources)
            {
                _resources[(TypeOf(resource), NameOf(resource))] = resource;
            }
        }
    }

    /// <summary>Answers every new call with these bytes instead; null goes back to serving.</summary>
    public void AnswerRaw(byte[]? bytes) => Volatile.Write(ref _rawAnswer, bytes);

    /// <summary>Ends the streams under way; proxies call again.</summary>
    public async Task DropStreamsAsync()
    {
        using var old = Interlocked.Exchange(ref _drop, new CancellationTokenSource());
        await old.CancelAsync();
    }

    /// <summary>Sends a response and returns what the proxy says to it: an ACK, or a NACK with its reason.</summary>
    public async Task<string?> SendAsync(Pb.DeltaDiscoveryResponse response)
    {
        var nonce = $"test-{Interlocked.Increment(ref _nonce)}";
        response.Nonce = nonce;
        await _toSend.Writer.WriteAsync(response);
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            var answer = await _answers.Reader.ReadAsync(limit.Token);
            if (answer.ResponseNonce == nonce)
            {
                return answer.ErrorDetail?.Message;
            }
        }
    }

    /// <summary>Sends resources of one type as a change.</summary>
    public Task<string?> SendAsync(params IMessage[] resources) => SendAsync(Response(resources));

    public static Pb.DeltaDiscoveryResponse Response(params IMessage[] resources)
    {
        var response = new Pb.DeltaDiscoveryResponse { TypeUrl = TypeOf(resources[0]), SystemVersionInfo = "test" };
        response.Resources.AddRange(resources.Select(Resource));
        return response;
    }

    public static Pb.Resource Resource(IMessage resource) =>
        new()
        {
            Name = NameOf(resource),
            Version = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(resource.ToByteArray())),
            Resource_ = new Any { TypeUrl = TypeOf(resource), Value = resource.ToByteString() },
        };

    public async ValueTask DisposeAsync()
    {
        await DropStreamsAsync();
        await _app.DisposeAsync();
        _drop.Dispose();
    }

    private static string TypeOf(IMessage resource) => TypeUrls.Prefix + resource.Descriptor.FullName;

    private static string NameOf(IMessage resource) =>
        resource switch
        {
            Pb.Cluster cluster => cluster.Name,
            Pb.ClusterLoadAssignment endpoints => endpoints.ClusterName,
            Pb.Listener listener => listener.Name,
            Pb.RouteConfiguration routes => routes.Name,
            _ => throw new ArgumentException(resource.Descriptor.FullName, nameof(resource)),
        };

    private async Task ServeAsync(GrpcServerStream<Pb.DeltaDiscoveryRequest, Pb.DeltaDiscoveryResponse> stream)
    {
        var next = stream.MoveNextAsync().AsTask();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stream.Context.CancellationToken, Volatile.Read(ref _drop).Token);
        var toSend = _toSend.Reader.WaitToReadAsync(ended.Token).AsTask();
        try
        {
            while (true)
            {
                if (await Task.WhenAny(next, toSend) == toSend)
                {
                    await toSend;
                    while (_toSend.Reader.TryRead(out var response))
                    {
                        await stream.WriteAsync(response);
                    }

                    toSend = _toSend.Reader.WaitToReadAsync(ended.Token).AsTask();
                    continue;
                }

                if (!await next)
                {
                    return;
                }

                await AnswerAsync(stream, stream.Current);
                next = stream.MoveNextAsync().AsTask();
            }
        }
        catch (OperationCanceledException)
        {
            // Dropped by the test, or the proxy left.
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    private async Task AnswerAsync(
        GrpcServerStream<Pb.DeltaDiscoveryRequest, Pb.DeltaDiscoveryResponse> stream,
        Pb.DeltaDiscoveryRequest request
    )
    {
        if (request.ResponseNonce.Length > 0)
        {
            await _answers.Writer.WriteAsync(request);
        }

        if (request.ResourceNamesSubscribe.Count == 0)
        {
            return;
        }

        IMessage[] wanted;
        lock (_gate)
        {
            wanted =
            [
                .. _resources
                    .Where(r => r.Key.Type == request.TypeUrl)
                    .Where(r => request.ResourceNamesSubscribe.Contains("*") || request.ResourceNamesSubscribe.Contains(r.Key.Name))
                    .Select(r => r.Value),
            ];
        }

        if (wanted.Length > 0)
        {
            var response = Response(wanted);
            response.Nonce = $"{Interlocked.Increment(ref _nonce)}";
            await stream.WriteAsync(response);
        }
    }
}
