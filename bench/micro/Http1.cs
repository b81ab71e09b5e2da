using System.Buffers;
using System.Text;
using BenchmarkDotNet.Attributes;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;

namespace Mesh.Bench;

/// <summary>The codec's own work on a request of 12 headers: bytes to head, and head to bytes.</summary>
public class Http1
{
    private static readonly byte[] Bytes = Encoding.Latin1.GetBytes(
        "GET /api/v8/items/4711?page=2 HTTP/1.1\r\n"
            + "Host: service-57.default.svc.cluster.local:9080\r\n"
            + "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
            + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
            + "Accept-Language: en-US,en;q=0.5\r\n"
            + "Accept-Encoding: gzip, deflate, br, zstd\r\n"
            + "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
            + "X-Request-Id: 2f1c6a52-3f0e-4d68-9d6b-6c5a0d1f7e11\r\n"
            + "Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
            + "X-Forwarded-Proto: http\r\n"
            + "End-User: anna\r\n"
            + "Cache-Control: no-cache\r\n"
            + "Connection: keep-alive\r\n\r\n"
    );

    private static readonly EditSequence NoEdits = new(HeaderEdits.None, HeaderEdits.None);
    private static readonly EditSequence Edits = new(
        HeaderEdits.Create(["cookie"], [new("x-version", "v2")], []),
        HeaderEdits.Create([], [], [new("x-route", "canary")])
    );

    private readonly Http1HeadParser _parser = new(Http1Limits.Default);
    private readonly ArrayBufferWriter<byte> _output = new(16 * 1024);
    private readonly RequestHead _head = new();

    [GlobalSetup]
    public void Setup() => Parse();

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public int Parse() => (int)_parser.ParseRequest(new ReadOnlySequence<byte>(Bytes), "http"u8, _head);

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public int Write() => Write(NoEdits);

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public int WriteWithEdits() => Write(Edits);

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public int ParseAndWrite() => Parse() + Write(NoEdits);

    private int Write(EditSequence edits)
    {
        _output.ResetWrittenCount();
        var writer = new Http1HeadWriter(_output, edits);
        writer.TryRequest(_head, _head.OriginForm, _head.Authority, Http1BodyLength.None, Http1Persistence.Default);
        writer.End();
        return _output.WrittenCount;
    }
}
