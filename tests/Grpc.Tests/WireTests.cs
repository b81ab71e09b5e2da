using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Grpc.Tests;

/// <summary>What our server answers to other clients' mistakes, and our client to other servers'.</summary>
public sealed class WireTests
{
    [Fact]
    public async Task A_failure_before_the_first_message_is_trailers_only()
    {
        await using var server = await TestServer.StartAsync(new EchoService().Map);
        using var response = await PostAsync(server, "/mesh.test.Echo/Fail", Frame(EchoService.Bytes("5|gone")));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("5", RawHttp.Header(response.Headers, "grpc-status"));
        Assert.Equal("gone", RawHttp.Header(response.Headers, "grpc-message"));
        Assert.Equal("asked-to", RawHttp.Header(response.Headers, "x-why"));
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Empty(response.TrailingHeaders);
        Assert.Null(RawHttp.Header(response.Headers, "server"));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    [InlineData("")]
    public async Task Another_content_type_is_answered_with_415(string type)
    {
        await using var server = await TestServer.StartAsync(new EchoService().Map);
        using var response = await PostAsync(server, "/mesh.test.Echo/Unary", [], ("content-type", type));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Another_content_type_on_an_unknown_path_is_answered_with_404()
    {
        await using var server = await TestServer.StartAsync(new EchoService().Map);
        using var response = await PostAsync(server, "/nothing/here", [], ("content-type", "text/plain"));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task HTTP_1_is_asked_to_upgrade()
    {
        await using var server = await TestServer.StartAsync(new EchoService().Map, protocols: HttpProtocols.Http1);
        using var client = RawHttp.Client();
        using var request = RawHttp.Call(server.Address, "/mesh.test.Echo/Unary", []);
        request.Version = HttpVersion.Version11;
        using var response = await client.SendAsync(request, default).WithinBound();
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    [Fact]
    public async Task A_compression_we_do_not_know_is_UNIMPLEMENTED_with_the_list_of_those_we_do()
    {
        await using var server = await TestServer.StartAsync(new EchoService().Map);
        using var response = await PostAsync(server, "/mesh.test.Echo/Unary", Frame(EchoService.Bytes("x")), ("grpc-encoding", "gzip"));
        Assert.Equal("12", RawHttp.Status(response));
        Assert.Equal("identity", RawHttp.Header(response.Headers, "grpc-accept-encoding"));
        using var identity = await PostAsync(server, "/mesh.test.Echo/Unary", Frame(EchoService.Bytes("x")), ("grpc-encoding", "identity"));
        Assert.Equal("0", RawHttp.Status(identity));
    }

    [Theory]
    [InlineData("a timeout without a unit", "13", "grpc-timeout", "10")]
    [InlineData("metadata that is not base64", "13", "x-data-bin", "!")]
    public async Task A_bad_header_is_INTERNAL(string what, string status, string name, string value)
    {
        await using var server = await TestServer.StartAsync(new EchoService().Map);
        using var response = await PostAsync(server, "/mesh.test.Echo/Unary", Frame(EchoService.Bytes("x")), (name, value));
        Assert.True(status == RawHttp.Status(response), what);
    }

    [Theory]
    [InlineData("a compressed message without an encoding", "13", new byte[] { 1, 0, 0, 0, 0 })]
    [InlineData("a flag that is neither 0 nor 1", "13", new byte[] { 7, 0, 0, 0, 0 })]
    [InlineData("half a header", "13", new byte[] { 0, 0 })]
    [InlineData("half a message", "13", new byte[] { 0, 0, 0, 0, 9, 1, 2 })]
    [InlineData("a message that is not protobuf", "13", new byte[] { 0, 0, 0, 0, 2, 255, 255 })]
    [InlineData("a message of 4 GiB", "8", new byte[] { 0, 255, 255, 255, 255 })]
    public async Task A_malformed_request_has_its_status(string what, string status, byte[] body)
    {
        await using var server = await TestServer.StartAsync(new EchoService().Map);
        foreach (var method in (string[])["Unary", "Bidi"])
        {
            using var response = await PostAsync(server, $"/mesh.test.Echo/{method}", body);
            Assert.True(status == RawHttp.Status(response), what);
        }
    }

    [Fact]
    public async Task Random_requests_never_break_the_server()
    {
        await using var server = await TestServer.StartAsync(new EchoService().Map);
        using var client = RawHttp.Client();
        var random = new Random(5);
        string[] expected = ["0", "8", "12", "13"];
        for (var round = 0; round < 300; round++)
        {
            var body = new byte[random.Next(0, 200)];
            random.NextBytes(body);
            if (round % 2 == 0)
            {
                Array.Clear(body, 0, Math.Min(4, body.Length));
            }
            using var request = RawHttp.Call(server.Address, $"/mesh.test.Echo/{(round % 3 == 0 ? "Unary" : "Bidi")}", body);
            using var response = await client.SendAsync(request, default).WithinBound();
            Assert.Contains(RawHttp.Status(response), expected);
        }
    }

    [Theory]
    [InlineData(400, GrpcStatusCode.Internal)]
    [InlineData(401, GrpcStatusCode.Unauthenticated)]
    [InlineData(403, GrpcStatusCode.PermissionDenied)]
    [InlineData(404, GrpcStatusCode.Unimplemented)]
    [InlineData(429, GrpcStatusCode.Unavailable)]
    [InlineData(502, GrpcStatusCode.Unavailable)]
    [InlineData(503, GrpcStatusCode.Unavailable)]
    [InlineData(504, GrpcStatusCode.Unavailable)]
    [InlineData(500, GrpcStatusCode.Unknown)]
    [InlineData(302, GrpcStatusCode.Unknown)]
    public async Task An_HTTP_status_without_a_grpc_status_is_mapped(int http, GrpcStatusCode code)
    {
        await using var server = await FakeAsync(context =>
        {
            context.Response.StatusCode = http;
            return Task.CompletedTask;
        });
        await CallAsync(server).FailsAsync(code);
    }

    [Fact]
    public async Task A_grpc_status_wins_over_the_HTTP_status()
    {
        await using var server = await FakeAsync(context =>
        {
            context.Response.StatusCode = 503;
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = "7";
            context.Response.Headers["grpc-message"] = "no%20entry";
            return Task.CompletedTask;
        });
        var e = await CallAsync(server).FailsAsync(GrpcStatusCode.PermissionDenied);
        Assert.Equal("no entry", e.Status.Message);
    }

    [Theory]
    [InlineData("17")]
    [InlineData("-1")]
    [InlineData("abc")]
    public async Task A_grpc_status_that_gRPC_does_not_have_is_UNKNOWN(string status)
    {
        await using var server = await FakeAsync(context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = status;
            return Task.CompletedTask;
        });
        await CallAsync(server).FailsAsync(GrpcStatusCode.Unknown);
    }

    [Fact]
    public async Task An_answer_that_is_not_gRPC_is_UNKNOWN()
    {
        await using var server = await FakeAsync(context => context.Response.WriteAsync("<html>hello</html>"));
        await CallAsync(server).FailsAsync(GrpcStatusCode.Unknown);
    }

    [Fact]
    public async Task A_stream_that_ends_without_a_status_is_UNKNOWN()
    {
        await using var server = await FakeAsync(context => AnswerAsync(context, Frame(EchoService.Bytes("x"))));
        await CallAsync(server).FailsAsync(GrpcStatusCode.Unknown);
    }

    [Fact]
    public async Task A_compression_that_was_not_offered_is_INTERNAL()
    {
        await using var server = await FakeAsync(context =>
        {
            context.Response.Headers["grpc-encoding"] = "gzip";
            return AnswerAsync(context, [1, 0, 0, 0, 0]);
        });
        await CallAsync(server).FailsAsync(GrpcStatusCode.Internal);
    }

    [Theory]
    [InlineData(0x0, GrpcStatusCode.Internal)]
    [InlineData(0x1, GrpcStatusCode.Internal)]
    [InlineData(0x2, GrpcStatusCode.Internal)]
    [InlineData(0x7, GrpcStatusCode.Unavailable)]
    [InlineData(0x8, GrpcStatusCode.Cancelled)]
    [InlineData(0xb, GrpcStatusCode.ResourceExhausted)]
    [InlineData(0xc, GrpcStatusCode.PermissionDenied)]
    public async Task A_reset_stream_is_mapped_by_its_code(int code, GrpcStatusCode status)
    {
        await using var server = await FakeAsync(async context =>
        {
            await AnswerAsync(context, Frame(EchoService.Bytes("first")));
            context.Features.Get<IHttpResetFeature>()!.Reset(code);
        });
        using var channel = server.Connect();
        await using var call = channel.OpenDuplex(EchoService.Bidi);
        await Task.WhenAny(DrainAsync(), Task.Delay(Bound.Generous));
        Assert.Equal(status, call.Status?.Code);

        async Task DrainAsync()
        {
            try
            {
                while (await call.MoveNextAsync()) { }
            }
            catch (GrpcException)
            {
                // its status is asserted
            }
        }
    }

    [Fact]
    public async Task Random_answers_give_messages_or_a_status_and_nothing_else()
    {
        var random = new Random(13);
        var body = Array.Empty<byte>();
        await using var server = await FakeAsync(context => AnswerAsync(context, body));
        using var channel = server.Connect();
        for (var round = 0; round < 200; round++)
        {
            body = new byte[random.Next(0, 100)];
            random.NextBytes(body);
            Array.Clear(body, 0, Math.Min(random.Next(5), body.Length));
            await Assert.ThrowsAsync<GrpcException>(() => channel.UnaryAsync(EchoService.Unary, EchoService.Bytes("x")).WithinBound());
        }
    }

    [Fact]
    public async Task A_server_that_refuses_without_reading_tells_a_client_that_still_writes()
    {
        await using var server = await FakeAsync(context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = "16";
            return Task.CompletedTask;
        });
        using var channel = server.Connect();
        var large = EchoService.Bytes(new string('x', 8 * 1024 * 1024));
        await channel.UnaryAsync(EchoService.Unary, large).FailsAsync(GrpcStatusCode.Unauthenticated);
        await using var call = channel.OpenDuplex(EchoService.Bidi);
        await call.NextAsync().FailsAsync(GrpcStatusCode.Unauthenticated);
    }

    private static Task<TestServer> FakeAsync(RequestDelegate handler) => TestServer.StartAsync(app => app.Run(handler));

    private static async Task AnswerAsync(HttpContext context, byte[] body)
    {
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(body);
        await context.Response.Body.FlushAsync();
    }

    private static async Task CallAsync(TestServer server)
    {
        using var channel = server.Connect();
        await channel.UnaryAsync(EchoService.Unary, EchoService.Bytes("x"));
    }

    private static async Task<HttpResponseMessage> PostAsync(TestServer server, string path, byte[] body, params (string, string)[] headers)
    {
        using var client = RawHttp.Client();
        using var request = RawHttp.Call(server.Address, path, body, headers);
        var response = await client.SendAsync(request, default).WithinBound();
        await response.Content.LoadIntoBufferAsync();
        return response;
    }

    private static byte[] Frame(Google.Protobuf.WellKnownTypes.BytesValue message)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        var bytes = Google.Protobuf.MessageExtensions.ToByteArray(message);
        GrpcFrame.WriteHeader(output, bytes.Length);
        System.Buffers.BuffersExtensions.Write(output, bytes);
        return output.WrittenSpan.ToArray();
    }
}
