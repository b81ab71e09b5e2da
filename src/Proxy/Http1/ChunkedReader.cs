using System.Buffers;

namespace Mesh.Proxy.Http1;

/// <summary>
/// Cuts the data out of a chunked body, without copying it (RFC 9112 section 7.1). Strict: sizes without white space or prefix, CRLF and nothing
/// else around data and behind extensions, which are skipped. Trailers are parsed with the head parser's rules and limits.
/// </summary>
/// <param name="parser">The same connection's; a head is never read while its message's body is.</param>
internal sealed class ChunkedReader(Http1HeadParser parser, Http1Limits limits)
{
    private const int MostDigits = 15;

    private State _state = State.Size;
    private long _remaining;
    private int _digits;
    private int _lineBytes;
    private bool _isResponse;

    private enum State : byte
    {
        Size,
        BeforeExtension,
        Extension,
        SizeLineFeed,
        Data,
        DataReturn,
        DataLineFeed,
        Trailers,
        Done,
    }

    /// <summary>Valid after <see cref="Http1BodyStatus.Done"/>.</summary>
    public HeaderFields Trailers { get; } = new();

    /// <summary>Valid after <see cref="Http1BodyStatus.Refused"/>.</summary>
    public Http1Refusal Refusal { get; private set; }

    /// <summary>Makes the reader ready for the next body.</summary>
    public void Begin(bool ofResponse)
    {
        _state = State.Size;
        _remaining = 0;
        _digits = _lineBytes = 0;
        _isResponse = ofResponse;
        Trailers.Clear();
    }

    /// <param name="data">Body bytes, a slice of <paramref name="buffer"/>; empty unless <see cref="Http1BodyStatus.Data"/>.</param>
    /// <param name="consumed">Where the next call's bytes begin; what lies before it is not needed any more.</param>
    public Http1BodyStatus Read(in ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> data, out SequencePosition consumed)
    {
        data = default;
        var rest = buffer;
        while (true)
        {
            consumed = rest.Start;
            if (_state == State.Done)
            {
                return Http1BodyStatus.Done;
            }

            if (rest.IsEmpty)
            {
                return Http1BodyStatus.NeedMore;
            }

            if (_state == State.Data)
            {
                data = rest.Slice(0, Math.Min(_remaining, rest.Length));
                _remaining -= data.Length;
                _state = _remaining == 0 ? State.DataReturn : State.Data;
                consumed = data.End;
                return Http1BodyStatus.Data;
            }

            if (_state == State.Trailers)
            {
                return ReadTrailers(rest, ref consumed);
            }

            if (!ReadFraming(FirstBytes(rest), out var used))
            {
                return Http1BodyStatus.Refused;
            }

            rest = rest.Slice(used);
        }
    }

    private Http1BodyStatus ReadTrailers(in ReadOnlySequence<byte> rest, ref SequencePosition consumed)
    {
        switch (parser.ParseTrailers(rest, Trailers, _isResponse))
        {
            case Http1ParseStatus.NeedMore:
                return Http1BodyStatus.NeedMore;
            case Http1ParseStatus.Done:
                consumed = rest.GetPosition(parser.Consumed);
                _state = State.Done;
                return Http1BodyStatus.Done;
            default:
                Refusal = parser.Refusal;
                return Http1BodyStatus.Refused;
        }
    }

    // Up to the next data or the trailers, or to the end of the bytes.
    private bool ReadFraming(ReadOnlySpan<byte> bytes, out int used)
    {
        for (used = 0; used < bytes.Length && _state is not (State.Data or State.Trailers); used++)
        {
            var rule = Step(bytes[used]);
            if (rule != Http1Rule.None)
            {
                Refusal = new(rule, _isResponse, rule == Http1Rule.ChunkLineTooLong ? limits.ChunkLineBytes : 0);
                return false;
            }
        }

        return true;
    }

    private Http1Rule Step(byte b)
    {
        switch (_state)
        {
            case State.DataReturn:
                _state = State.DataLineFeed;
                return b == (byte)'\r' ? Http1Rule.None : Http1Rule.ChunkEnd;
            case State.DataLineFeed:
                _state = State.Size;
                _digits = _lineBytes = 0;
                return b == (byte)'\n' ? Http1Rule.None : Http1Rule.ChunkEnd;
            case State.SizeLineFeed:
                _state = _remaining == 0 ? State.Trailers : State.Data;
                return b == (byte)'\n' ? Http1Rule.None : Http1Rule.BareCarriageReturn;
        }

        if (b == (byte)'\r' && _digits > 0 && _state != State.BeforeExtension)
        {
            _state = State.SizeLineFeed;
            return Http1Rule.None;
        }

        if (b == (byte)'\n')
        {
            // Read as a line end here and as part of an extension elsewhere, it hides a request (CVE-2025-55315).
            return Http1Rule.BareLineFeed;
        }

        if (++_lineBytes > limits.ChunkLineBytes)
        {
            return Http1Rule.ChunkLineTooLong;
        }

        return _state == State.Size ? StepSize(b) : StepExtension(b);
    }

    private Http1Rule StepSize(byte b)
    {
        if (char.IsAsciiHexDigit((char)b))
        {
            _remaining = (_remaining << 4) | (uint)((b & 0x0F) + (b > '9' ? 9 : 0));
            return ++_digits <= MostDigits ? Http1Rule.None : Http1Rule.ChunkSize;
        }

        // White space may only lead to an extension (BWS of RFC 9112 section 7.1.1).
        _state = b == (byte)';' ? State.Extension : State.BeforeExtension;
        return _digits > 0 && b is (byte)';' or (byte)' ' or (byte)'\t' ? Http1Rule.None : Http1Rule.ChunkSize;
    }

    private Http1Rule StepExtension(byte b)
    {
        if (_state == State.BeforeExtension && b is not ((byte)' ' or (byte)'\t'))
        {
            _state = State.Extension;
            return b == (byte)';' ? Http1Rule.None : Http1Rule.ChunkSize;
        }

        return Http1Bytes.Controls.Contains(b) ? Http1Rule.ControlByte : Http1Rule.None;
    }

    private static ReadOnlySpan<byte> FirstBytes(in ReadOnlySequence<byte> buffer)
    {
        foreach (var segment in buffer)
        {
            if (!segment.IsEmpty)
            {
                return segment.Span;
            }
        }

        return default;
    }
}
