using System.Buffers;
using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>Parses heads from text and writes them again to text.</summary>
internal sealed class HeadWriting
{
    private readonly Http1HeadParser _parser = new(Http1Limits.Default);
    private readonly RequestHead _request = new();
    private readonly ResponseHead _response = new();

    public static EditSequence NoEdits { get; } = new(HeaderEdits.None, HeaderEdits.None);

    public string Request(
        string head,
        HeaderEdits? edits = null,
        Http1BodyLength? body = null,
        Http1Persistence persistence = Http1Persistence.Default,
        string? target = null,
        string? authority = null
    )
    {
        var bytes = Encoding.Latin1.GetBytes(head);
        Assert.Equal(Http1ParseStatus.Done, _parser.ParseRequest(new(bytes), "http"u8, _request));
        HopByHopFields.RemoveListed(_request, _parser.Facts);
        var output = new ArrayBufferWriter<byte>();
        var writer = new Http1HeadWriter(output, new EditSequence(edits ?? HeaderEdits.None, HeaderEdits.None));
        var written = writer.TryRequest(
            _request,
            target is null ? _request.OriginForm : Encoding.Latin1.GetBytes(target),
            authority is null ? _request.Authority : Encoding.Latin1.GetBytes(authority),
            body ?? Http1BodyLength.OfRequest(_parser.Facts),
            persistence
        );
        if (!written)
        {
            Assert.Equal(0, output.WrittenCount);
            return "refused";
        }

        writer.End();
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    public string Response(
        string head,
        HeaderEdits? edits = null,
        Http1BodyLength? body = null,
        Http1Persistence persistence = Http1Persistence.Default,
        string method = "GET",
        params (string Name, string Value)[] more
    )
    {
        var bytes = Encoding.Latin1.GetBytes(head);
        Assert.Equal(Http1ParseStatus.Done, _parser.ParseResponse(new(bytes), _response));
        var output = new ArrayBufferWriter<byte>();
        var writer = new Http1HeadWriter(output, new EditSequence(HeaderEdits.None, edits ?? HeaderEdits.None));
        var length = body ?? Http1BodyLength.OfResponse(_parser.Facts, _response.Status, Encoding.ASCII.GetBytes(method));
        writer.Response(_response, _parser.Facts, length, persistence);
        foreach (var (name, value) in more)
        {
            writer.Field(Encoding.ASCII.GetBytes(name), Encoding.Latin1.GetBytes(value));
        }

        writer.End();
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}
