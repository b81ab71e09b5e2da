using System.Buffers.Binary;
using System.Net;
using System.Threading.Channels;
using Google.Protobuf;
using Mesh.Grpc;
using Mesh.Xds;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using static Mesh.Proxy.Tests.Configuration.Wire;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Discovery;

/// <summary>A control plane in this process: gives everybody the same resources, and garbage to the first calls where a test wants it.</summary>
internal sealed class AdsTestServer : IAsyncDisposable
{
    private static readonly GrpcMethod<Pb.DeltaDiscoveryRequest, Pb.DeltaDiscoveryResponse> Method = new(
        XdsMethods.DeltaAggregatedResourcesPath,
        Pb.DeltaDiscoveryRequest.Parser,
        Pb.DeltaDiscoveryResponse.Parser
    );

    private readonly WebApplication _app;
    private int _calls;

    private AdsTestServer(WebApplication app) => _app = app;

    public Channel<Pb.DeltaDiscoveryRequest> Requests { get; } = Channel.CreateUnbounded<Pb.DeltaDiscoveryRequest>();

    /// <summary>Sent on each stream as they are written here.</summary>
    public Channel<Pb.DeltaDiscoveryResponse> Extra { get; } = Channel.CreateUnbounded<Pb.DeltaDiscoveryResponse>();

    public IPEndPoint Address => new(IPAddress.Loopback, new Uri(_app.Urls.First()).Port);

    /// <param name="garbage">What the first calls are answered with instead, byte for byte after the response headers.</param>
    public static async Task<AdsTestServer> StartAsync(IMessage[] resources, int port = 0, params byte[][] garbage)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port, l => l.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        var server = new AdsTestServer(app);
        app.Use(
            async (context, next) =>
            {
                var call = Interlocked.Increment(ref server._calls) - 1;
                if (call >= garbage.Length)
                {
                    await next(context);
                    return;
                }

                context.Response.ContentType = "application/grpc";
                await context.Response.BodyWriter.WriteAsync(garbage[call]);
            }
        );
        app.MapGrpcDuplex(Method, stream => server.ServeAsync(stream, resources));
        await app.StartAsync();
        return server;
    }

    public static byte[] Frame(ReadOnlySpan<byte> message)
    {
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame.AsSpan(5));
        return frame;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(GrpcServerStream<Pb.DeltaDiscoveryRequest, Pb.DeltaDiscoveryResponse> stream, IMessage[] resources)
    {
        var nonce = 0;
        var next = stream.MoveNextAsync().AsTask();
        var extra = Extra.Reader.WaitToReadAsync().AsTask();
        while (true)
        {
            if (await Task.WhenAny(next, extra) == extra)
            {
                while (Extra.Reader.TryRead(out var response))
                {
                    await stream.WriteAsync(response);
                }

                extra = Extra.Reader.WaitToReadAsync().AsTask();
                continue;
            }

            if (!await next)
            {
                return;
            }

            var request = stream.Current;
            await Requests.Writer.WriteAsync(request);
            if (request.ResourceNamesSubscribe.Count > 0)
            {
                var wanted = resources
                    .Where(m => TypeOf(m) == request.TypeUrl)
                    .Where(m => request.ResourceNamesSubscribe.Contains("*") || request.ResourceNamesSubscribe.Contains(NameOf(m)))
                    .ToArray();
                if (wanted.Length > 0)
                {
                    await stream.WriteAsync(AdsSessionTests.Response($"{++nonce}", wanted));
                }
            }

            next = stream.MoveNextAsync().AsTask();
        }
    }
}
