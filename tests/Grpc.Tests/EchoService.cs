using System.Globalization;
using System.Threading.Channels;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Routing;

namespace Mesh.Grpc.Tests;

/// <summary>
/// The service that we and the peers in other languages all serve and all call: bytes in, bytes out (peers/README.md has its contract).
/// </summary>
internal sealed class EchoService
{
    public const int MaxMessage = 20 * 1024 * 1024;

    public static readonly GrpcMethod<BytesValue, BytesValue> Unary = Define("Unary");
    public static readonly GrpcMethod<BytesValue, BytesValue> ServerStream = Define("ServerStream");
    public static readonly GrpcMethod<BytesValue, BytesValue> ClientStream = Define("ClientStream");
    public static readonly GrpcMethod<BytesValue, BytesValue> Bidi = Define("Bidi");
    public static readonly GrpcMethod<BytesValue, BytesValue> Metadata = Define("Metadata");
    public static readonly GrpcMethod<BytesValue, BytesValue> Fail = Define("Fail");
    public static readonly GrpcMethod<BytesValue, BytesValue> Wait = Define("Wait");
    public static readonly GrpcMethod<BytesValue, BytesValue> Waits = Define("Waits");
    public static readonly GrpcMethod<BytesValue, BytesValue> Missing = Define("Missing");
    private static readonly GrpcServerOptions Large = new() { MaxReceiveMessageSize = MaxMessage };
    private readonly Channel<bool> _cancelled = Channel.CreateUnbounded<bool>();

    /// <summary>Completes once for each call of Wait that was cancelled.</summary>
    public Task CancelledAsync() => _cancelled.Reader.ReadAsync().AsTask().WithinBound();

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcUnary(Unary, (request, _) => Task.FromResult(request), Large);
        endpoints.MapGrpcDuplex(ServerStream, CountAsync);
        endpoints.MapGrpcDuplex(ClientStream, JoinAsync);
        endpoints.MapGrpcDuplex(Bidi, EchoAsync);
        endpoints.MapGrpcUnary(Metadata, ReturnMetadataAsync);
        endpoints.MapGrpcUnary(Fail, FailAsync);
        endpoints.MapGrpcDuplex(Wait, WaitAsync);
        endpoints.MapGrpcUnary(
            Waits,
            async (_, _) =>
            {
                await CancelledAsync();
                return Bytes("cancelled");
            }
        );
        endpoints.MapGrpcUnimplemented();
    }

    public static BytesValue Bytes(string text) => new() { Value = ByteString.CopyFromUtf8(text) };

    public static string Text(BytesValue message) => message.Value.ToStringUtf8();

    private static GrpcMethod<BytesValue, BytesValue> Define(string name) =>
        new($"/mesh.test.Echo/{name}", BytesValue.Parser, BytesValue.Parser);

    private static async Task CountAsync(GrpcServerStream<BytesValue, BytesValue> stream)
    {
        Assert.True(await stream.MoveNextAsync());
        var count = int.Parse(Text(stream.Current), CultureInfo.InvariantCulture);
        for (var i = 0; i < count; i++)
        {
            await stream.WriteAsync(Bytes(i.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static async Task JoinAsync(GrpcServerStream<BytesValue, BytesValue> stream)
    {
        var parts = new List<string>();
        while (await stream.MoveNextAsync())
        {
            parts.Add(Text(stream.Current));
        }
        await stream.WriteAsync(Bytes(string.Join(',', parts)));
    }

    private static async Task EchoAsync(GrpcServerStream<BytesValue, BytesValue> stream)
    {
        await stream.SendHeadersAsync();
        while (await stream.MoveNextAsync())
        {
            await stream.WriteAsync(stream.Current);
        }
    }

    private static Task<BytesValue> ReturnMetadataAsync(BytesValue request, GrpcServerContext context)
    {
        foreach (var entry in context.RequestHeaders.Where(e => e.Name.StartsWith("x-", StringComparison.Ordinal)))
        {
            if (entry.IsBinary)
            {
                context.ResponseHeaders.Add(entry.Name, entry.Bytes.Span);
                context.ResponseTrailers.Add("t" + entry.Name, entry.Bytes.Span);
            }
            else
            {
                context.ResponseHeaders.Add(entry.Name, entry.Text);
                context.ResponseTrailers.Add("t" + entry.Name, entry.Text);
            }
        }
        return Task.FromResult(request);
    }

    private static Task<BytesValue> FailAsync(BytesValue request, GrpcServerContext context)
    {
        var parts = Text(request).Split('|', 2);
        var code = (GrpcStatusCode)int.Parse(parts[0], CultureInfo.InvariantCulture);
        context.ResponseTrailers.Add("x-why", "asked-to");
        throw new GrpcException(code, parts[1]);
    }

    private async Task WaitAsync(GrpcServerStream<BytesValue, BytesValue> stream)
    {
        Assert.True(await stream.MoveNextAsync());
        await stream.WriteAsync(Bytes("waiting"));
        try
        {
            await Task.Delay(Timeout.Infinite, stream.Context.CancellationToken);
        }
        finally
        {
            _cancelled.Writer.TryWrite(true);
        }
    }
}
