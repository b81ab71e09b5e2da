using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Http.ToHttp1;

/// <summary>What one exchange needs to write a request and to read its answer; pooled, because idle connections hold nothing of it.</summary>
internal sealed class MessageBuffers
{
    public MessageBuffers(Http1Limits limits)
    {
        Parser = new Http1HeadParser(limits);
        Body = new BodyReader(Parser, limits);
    }

    /// <summary>From the upstream.</summary>
    public ReceiveBuffer In { get; } = new();

    /// <summary>To the upstream.</summary>
    public SendBuffer Out { get; } = new();

    public ResponseHead Head { get; } = new();

    public Http1HeadParser Parser { get; }

    public BodyReader Body { get; }

    public void Reset()
    {
        In.Clear();
        Out.Clear();
        Parser.Reset();
    }
}
