using System.Buffers;
using System.Net;
using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.Formats;
using Mesh.Proxy.Telemetry;
using static Mesh.Proxy.Tests.Routing.RoutingAllocationTests;

namespace Mesh.Proxy.Tests.Http1;

public sealed class Http1AllocationTests
{
    private static readonly byte[] Request = Encoding.Latin1.GetBytes(
        "POST /api/items/4711?page=2 HTTP/1.1\r\nHost: shop.default.svc.cluster.local:9080\r\nUser-Agent: test\r\nAccept: */*\r\n"
            + "Connection: keep-alive, x-a\r\nX-A: 1\r\nX-B: 2\r\nCookie: a=1\r\nContent-Length: 5\r\n\r\nhello"
    );

    private static readonly byte[] Response = Encoding.Latin1.GetBytes(
        "HTTP/1.1 200 OK\r\nServer: x\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5;x=y\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"
    );

    private readonly Http1HeadParser _parser = new(Http1Limits.Default);
    private readonly RequestHead _request = new();
    private readonly ResponseHead _response = new();
    private readonly ArrayBufferWriter<byte> _output = new(16 * 1024);

    [Fact]
    public void Parsing_a_request_in_one_piece_allocates_nothing()
    {
        var buffer = new ReadOnlySequence<byte>(Request);
        AssertNoAllocation(() => Assert.True(_parser.ParseRequest(buffer, "http"u8, _request) == Http1ParseStatus.Done));
    }

    [Fact]
    public void Parsing_a_request_in_segments_and_parts_allocates_nothing()
    {
        var arrivals = new Arrivals(Request, [60, 50, Request.Length], contiguous: false);
        arrivals.Receive();
        arrivals.Receive();
        var part = arrivals.Buffer();
        arrivals.Receive();
        var whole = arrivals.Buffer();
        AssertNoAllocation(() =>
        {
            Assert.True(_parser.ParseRequest(part, "http"u8, _request) == Http1ParseStatus.NeedMore);
            Assert.True(_parser.ParseRequest(whole, "http"u8, _request) == Http1ParseStatus.Done);
        });
    }

    [Fact]
    public void Refusing_a_request_allocates_nothing()
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"));
        AssertNoAllocation(() =>
        {
            Assert.True(_parser.ParseRequest(buffer, "http"u8, _request) == Http1ParseStatus.Refused);
            Assert.True(_parser.Refusal.Status == 400);
        });
    }

    [Fact]
    public void Writing_a_request_with_edits_allocates_nothing()
    {
        Assert.Equal(Http1ParseStatus.Done, _parser.ParseRequest(new(Request), "http"u8, _request));
        var edits = new EditSequence(HeaderEdits.Create(["x-b"], [new("cookie", "é")], []), HeaderEdits.Create([], [], [new("x-c", "3")]));
        AssertNoAllocation(() =>
        {
            _output.ResetWrittenCount();
            var writer = new Http1HeadWriter(_output, edits);
            Assert.True(writer.TryRequest(_request, _request.OriginForm, _request.Authority, Http1BodyLength.Fixed(5), default));
            writer.End();
        });
    }

    [Fact]
    public void Writing_a_request_with_values_to_fill_in_allocates_nothing()
    {
        Assert.Equal(Http1ParseStatus.Done, _parser.ParseRequest(new(Request), "http"u8, _request));
        var record = new RequestRecord
        {
            Head = _request,
            DownstreamRemote = IPEndPoint.Parse("10.0.0.7:4711"),
            StartTime = new DateTimeOffset(2026, 2, 3, 4, 5, 6, 789, TimeSpan.Zero),
        };
        var values = new RequestValues(record, TimeProvider.System);
        var filled = ValueFormat.Parse("%REQ(x-none?:path)%|%DOWNSTREAM_REMOTE_ADDRESS%|%START_TIME(%F %T.%3f)%|%PROTOCOL%");
        var nothing = ValueFormat.Parse("%REQ(x-none)%");
        var edits = new EditSequence(
            new HeaderEdits([new(HeaderEditKind.Set, "x-b", "", filled), new(HeaderEditKind.Set, "cookie", "", nothing)]),
            HeaderEdits.None
        )
        {
            Values = values,
        };
        AssertNoAllocation(() =>
        {
            _output.ResetWrittenCount();
            var writer = new Http1HeadWriter(_output, edits);
            Assert.True(writer.TryRequest(_request, _request.OriginForm, _request.Authority, Http1BodyLength.Fixed(5), default));
            writer.End();
        });
        var written = Encoding.ASCII.GetString(_output.WrittenSpan);
        Assert.Contains("|10.0.0.7:4711|2026-02-03 04:05:06.789|HTTP/1.1\r\n", written);
        Assert.DoesNotContain("cookie", written);
    }

    [Fact]
    public void A_response_with_chunks_and_trailers_read_and_written_again_allocates_nothing()
    {
        var chunks = new ChunkedReader(_parser, Http1Limits.Default);
        var edits = HeadWriting.NoEdits;
        var buffer = new ReadOnlySequence<byte>(Response);
        AssertNoAllocation(() =>
        {
            _output.ResetWrittenCount();
            Assert.True(_parser.ParseResponse(buffer, _response) == Http1ParseStatus.Done);
            var writer = new Http1HeadWriter(_output, edits);
            writer.Response(_response, _parser.Facts, Http1BodyLength.Chunked, default);
            writer.Field("x-envoy-upstream-service-time"u8, "1"u8);
            writer.End();
            chunks.Begin(ofResponse: true);
            var rest = buffer.Slice(_parser.Consumed);
            while (chunks.Read(rest, out var data, out var consumed) == Http1BodyStatus.Data)
            {
                ChunkedWriter.Write(_output, data);
                rest = rest.Slice(consumed);
            }

            ChunkedWriter.WriteEnd(_output, chunks.Trailers);
        });
        Assert.EndsWith("5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n", Encoding.ASCII.GetString(_output.WrittenSpan));
    }
}
