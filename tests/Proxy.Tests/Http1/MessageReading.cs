using System.Buffers;
using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>Reads one whole message as a codec does, and says what came of it in the words of the corpus.</summary>
internal sealed class MessageReading
{
    private readonly Http1Limits _limits;
    private readonly ChunkedReader _chunks;

    public MessageReading(Http1Limits? limits = null)
    {
        _limits = limits ?? Http1Limits.Default;
        Parser = new Http1HeadParser(_limits);
        _chunks = new ChunkedReader(Parser, _limits);
    }

    public Http1HeadParser Parser { get; }

    public RequestHead Request { get; } = new();

    public ResponseHead Response { get; } = new();

    /// <summary>The request's head alone.</summary>
    public Http1ParseStatus ReadRequestHead(Arrivals arrivals)
    {
        while (true)
        {
            var status = Parser.ParseRequest(arrivals.Buffer(), "http"u8, Request);
            if (status != Http1ParseStatus.NeedMore || !arrivals.Receive())
            {
                arrivals.Consume(status == Http1ParseStatus.Done ? Parser.Consumed : 0);
                return status;
            }
        }
    }

    public string ReadRequest(Arrivals arrivals)
    {
        var status = ReadRequestHead(arrivals);
        if (status != Http1ParseStatus.Done)
        {
            return Unfinished(status);
        }

        var facts = Parser.Facts;
        var body = ReadBody(arrivals, Http1BodyLength.OfRequest(facts), ofResponse: false);
        return body[0] is '!' or '~'
            ? body
            : $"= {Text(Request.Method)} {Text(Request.Target)} {Version(Request.Version)} @{Text(Request.Authority)} {Fields()} {body} {End(facts, arrivals)}";

        string Fields() =>
            Show(
                Enumerable
                    .Range(0, Request.HeaderCount)
                    .Where(i => Request.HeaderId(i) != KnownHeader.Host)
                    .Select(i => (Text(Request.HeaderName(i)), Text(Request.HeaderValue(i))))
            );
    }

    public string ReadResponse(Arrivals arrivals, string requestMethod)
    {
        Http1ParseStatus status;
        while ((status = Parser.ParseResponse(arrivals.Buffer(), Response)) == Http1ParseStatus.NeedMore && arrivals.Receive()) { }
        if (status != Http1ParseStatus.Done)
        {
            return Unfinished(status);
        }

        arrivals.Consume(Parser.Consumed);
        var facts = Parser.Facts;
        var length = Http1BodyLength.OfResponse(facts, Response.Status, Encoding.ASCII.GetBytes(requestMethod));
        var body = ReadBody(arrivals, length, ofResponse: true);
        var fields = Show(
            Enumerable.Range(0, Response.HeaderCount).Select(i => (Text(Response.HeaderName(i)), Text(Response.HeaderValue(i))))
        );
        return body[0] is '!' or '~'
            ? body
            : $"= {Response.Status} \"{Text(Response.Reason)}\" {Version(Response.Version)} {fields} {body} {End(facts, arrivals)}";
    }

    private string ReadBody(Arrivals arrivals, Http1BodyLength length, bool ofResponse)
    {
        var data = new ArrayBufferWriter<byte>();
        var fixedLength = new FixedLengthReader(length.Length);
        switch (length.Kind)
        {
            case Http1BodyKind.None:
                return "none";
            case Http1BodyKind.UntilClose or Http1BodyKind.Tunnel:
                data.Write(arrivals.Rest);
                arrivals.Consume(arrivals.Rest.Length);
                return (length.Kind == Http1BodyKind.Tunnel ? "tunnel" : "close-delimited") + Quoted(data);
        }

        _chunks.Begin(ofResponse);
        while (true)
        {
            var buffer = arrivals.Buffer();
            var status =
                length.Kind == Http1BodyKind.Fixed
                    ? fixedLength.Read(buffer, out var piece, out var consumed)
                    : _chunks.Read(buffer, out piece, out consumed);
            arrivals.Consume(buffer.Slice(0, consumed).Length);
            switch (status)
            {
                case Http1BodyStatus.Data:
                    Assert.False(piece.IsEmpty);
                    data.Write(piece.ToArray());
                    break;
                case Http1BodyStatus.NeedMore:
                    if (!arrivals.Receive())
                    {
                        return "~";
                    }

                    break;
                case Http1BodyStatus.Refused:
                    return Refused(_chunks.Refusal);
                default:
                    return length.Kind == Http1BodyKind.Fixed
                        ? $"fixed:{length.Length}{Quoted(data)}"
                        : $"chunked \"{Text(data.WrittenSpan)}\"{Trailers()}";
            }
        }
    }

    private string Trailers()
    {
        var trailers = _chunks.Trailers;
        return trailers.Count == 0
            ? ""
            : " trailers " + Show(Enumerable.Range(0, trailers.Count).Select(i => (Text(trailers.Name(i)), Text(trailers.Value(i)))));
    }

    private string Unfinished(Http1ParseStatus status) => status == Http1ParseStatus.NeedMore ? "~" : Refused(Parser.Refusal);

    private static string Refused(Http1Refusal refusal) => $"! {refusal.Status} {refusal.Rule}";

    private static string Show(IEnumerable<(string Name, string Value)> fields) =>
        $"[{string.Join("; ", fields.Select(field => $"{field.Name}: {field.Value}"))}]";

    private static string Quoted(ArrayBufferWriter<byte> data) => data.WrittenCount == 0 ? "" : $" \"{Text(data.WrittenSpan)}\"";

    private static string End(Http1HeadFacts facts, Arrivals arrivals) =>
        (facts.KeepsAlive ? "keep" : "close") + (arrivals.Rest.IsEmpty ? "" : $" then \"{Text(arrivals.Rest)}\"");

    private static string Version(HttpVersionKind version) => version == HttpVersionKind.Http10 ? "HTTP/1.0" : "HTTP/1.1";

    private static string Text(ReadOnlySpan<byte> bytes) => WireText.Escape(bytes);
}
