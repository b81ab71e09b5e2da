using System.Buffers;

namespace Mesh.Proxy.Http1;

/// <summary>Cuts one message's body out of its connection's bytes, whatever tells where it ends. Kept with its parser and used again.</summary>
/// <param name="parser">The same side's; it reads the trailers.</param>
internal sealed class BodyReader(Http1HeadParser parser, Http1Limits limits)
{
    private readonly ChunkedReader _chunked = new(parser, limits);
    private FixedLengthReader _fixed;
    private bool _complete;

    public Http1BodyKind Kind { get; private set; }

    /// <summary>Nothing of the body is missing. Read by the other direction too.</summary>
    public bool IsComplete
    {
        get => Volatile.Read(ref _complete);
        private set => Volatile.Write(ref _complete, value);
    }

    /// <summary>Body bytes so far, without framing.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes still to come of a body of known length; 0 for others.</summary>
    public long Remaining => Kind == Http1BodyKind.Fixed ? _fixed.Remaining : 0;

    /// <summary>Valid once a chunked body is complete.</summary>
    public HeaderFields Trailers => _chunked.Trailers;

    /// <summary>Valid after <see cref="Http1BodyStatus.Refused"/>.</summary>
    public Http1Refusal Refusal => _chunked.Refusal;

    public void Begin(Http1BodyLength length, bool ofResponse)
    {
        Kind = length.Kind;
        Bytes = 0;
        IsComplete = length.IsEmpty;
        if (length.Kind == Http1BodyKind.Chunked)
        {
            _chunked.Begin(ofResponse);
        }
        else if (length.Kind == Http1BodyKind.Fixed)
        {
            _fixed = new FixedLengthReader(length.Length);
        }
    }

    /// <param name="data">The next body bytes, a slice of <paramref name="buffer"/>; empty unless <see cref="Http1BodyStatus.Data"/>.</param>
    /// <param name="consumed">Where the next call's bytes begin.</param>
    public Http1BodyStatus Read(in ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> data, out SequencePosition consumed)
    {
        Http1BodyStatus status;
        switch (Kind)
        {
            case Http1BodyKind.Fixed:
                status = _fixed.Read(buffer, out data, out consumed);
                IsComplete = _fixed.Remaining == 0;
                break;
            case Http1BodyKind.Chunked:
                status = _chunked.Read(buffer, out data, out consumed);
                IsComplete = status == Http1BodyStatus.Done;
                break;
            case Http1BodyKind.UntilClose:
                status = buffer.IsEmpty ? Http1BodyStatus.NeedMore : Http1BodyStatus.Data;
                data = buffer;
                consumed = buffer.End;
                break;
            default:
                status = Http1BodyStatus.Done;
                data = default;
                consumed = buffer.Start;
                break;
        }

        Bytes += data.Length;
        return status;
    }

    /// <summary>Bytes of a body of known length that went by without being looked at.</summary>
    public void Skip(int bytes)
    {
        _fixed = new FixedLengthReader(_fixed.Remaining - bytes);
        Bytes += bytes;
        IsComplete = _fixed.Remaining == 0;
    }

    /// <summary>The connection of a body that lasts until its end has ended in order.</summary>
    public void Close() => IsComplete = true;
}
