using System.Buffers;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http1;

/// <summary>
/// Reads one head or trailer section at a time, strictly (RFC 9112), from whatever part of it has arrived. The first broken rule in the order
/// of the bytes decides, so that any split of the same bytes gives the same result; bad input is a result, never an exception. Lines are checked
/// as they come, each byte once; the caller keeps the bytes (<c>AdvanceTo(start, end)</c>) until the section is whole, because a request's
/// authority stands behind its target.
/// </summary>
internal sealed partial class Http1HeadParser(Http1Limits limits)
{
    private FieldSlot[] _fields = new FieldSlot[32];
    private int _count;
    private Section _section;
    private bool _startLineRead;
    private int _lineStart;

    // Bytes of the unfinished line that are known to hold no control byte.
    private int _scanned;

    // A head in several segments is put together here; only such a head rents.
    private byte[]? _copy;
    private int _copied;

    private enum Section : byte
    {
        Request,
        Response,
        Trailers,
    }

    /// <summary>Bytes that the section took; valid after <see cref="Http1ParseStatus.Done"/>.</summary>
    public int Consumed { get; private set; }

    /// <summary>Valid after <see cref="Http1ParseStatus.Done"/>, until the next head.</summary>
    public Http1HeadFacts Facts { get; private set; }

    /// <summary>Valid after <see cref="Http1ParseStatus.Refused"/>.</summary>
    public Http1Refusal Refusal { get; private set; }

    /// <summary>Fills a request; one empty line before it is skipped (RFC 9112 section 2.2).</summary>
    /// <param name="buffer">All unconsumed bytes of the connection: those given before, and more.</param>
    /// <param name="scheme"><c>http</c> or <c>https</c>, as the connection is; an absolute-form target brings its own.</param>
    public Http1ParseStatus ParseRequest(in ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> scheme, RequestHead head)
    {
        _section = Section.Request;
        var bytes = Contiguous(buffer);
        var status = ReadLines(bytes, limits.HeadBytes);
        if (status == Http1ParseStatus.Done)
        {
            status = FillRequest(bytes, scheme, head);
        }

        return Finish(status);
    }

    /// <summary>Fills a response; interim ones (1xx) too.</summary>
    public Http1ParseStatus ParseResponse(in ReadOnlySequence<byte> buffer, ResponseHead head)
    {
        _section = Section.Response;
        var bytes = Contiguous(buffer);
        var status = ReadLines(bytes, limits.HeadBytes);
        if (status == Http1ParseStatus.Done)
        {
            status = FillResponse(bytes, head);
        }

        return Finish(status);
    }

    /// <summary>Fills the trailers behind the last chunk, with the empty line that ends them.</summary>
    public Http1ParseStatus ParseTrailers(in ReadOnlySequence<byte> buffer, HeaderFields trailers, bool ofResponse)
    {
        _section = Section.Trailers;
        _startLineRead = true;
        _isResponse = ofResponse;
        var bytes = Contiguous(buffer);
        var status = ReadLines(bytes, limits.TrailerBytes);
        if (status == Http1ParseStatus.Done)
        {
            trailers.Clear();
            foreach (ref readonly var field in _fields.AsSpan(0, _count))
            {
                trailers.Add(bytes.Slice(field.Name, field.NameLength), bytes.Slice(field.Value, field.ValueLength));
            }
        }

        return Finish(status);
    }

    /// <summary>Forgets a section that was begun; for a connection that ended inside one.</summary>
    public void Reset()
    {
        if (_copy is not null)
        {
            ArrayPool<byte>.Shared.Return(_copy);
            _copy = null;
        }

        _count = _lineStart = _scanned = _copied = 0;
        _startLineRead = false;
        ResetFacts();
    }

    private Http1ParseStatus Finish(Http1ParseStatus status)
    {
        if (status != Http1ParseStatus.NeedMore)
        {
            Reset();
        }

        return status;
    }

    private Http1ParseStatus ReadLines(ReadOnlySpan<byte> bytes, int sectionBytes)
    {
        while (true)
        {
            var from = _lineStart + _scanned;
            var control = bytes[from..].IndexOfAny(Http1Bytes.Controls);
            var end = control < 0 ? bytes.Length : from + control;
            if (!_startLineRead && end - _lineStart > limits.StartLineBytes)
            {
                return Refuse(Http1Rule.StartLineTooLong, limits.StartLineBytes);
            }

            if (end > sectionBytes)
            {
                return Refuse(_section == Section.Trailers ? Http1Rule.TrailersTooLong : Http1Rule.HeadTooLong, sectionBytes);
            }

            if (control >= 0 && bytes[end] != (byte)'\r')
            {
                return Refuse(bytes[end] == (byte)'\n' ? Http1Rule.BareLineFeed : Http1Rule.ControlByte);
            }

            if (end + 1 >= bytes.Length)
            {
                _scanned = end - _lineStart;
                return Http1ParseStatus.NeedMore;
            }

            if (bytes[end + 1] != (byte)'\n')
            {
                return Refuse(Http1Rule.BareCarriageReturn);
            }

            var line = bytes[_lineStart..end];
            if (line.IsEmpty && _startLineRead)
            {
                Consumed = end + 2;
                return Http1ParseStatus.Done;
            }

            if (!ReadLine(line))
            {
                return Http1ParseStatus.Refused;
            }

            _lineStart = end + 2;
            _scanned = 0;
        }
    }

    private bool ReadLine(ReadOnlySpan<byte> line)
    {
        if (_startLineRead)
        {
            return ReadField(line);
        }

        if (line.IsEmpty)
        {
            // Some old clients end a body with a CRLF that does not belong to it.
            return (_section == Section.Request && _lineStart == 0) || Fail(Http1Rule.EmptyStartLine);
        }

        _startLineRead = true;
        return _section == Section.Request ? ReadRequestLine(line) : ReadStatusLine(line);
    }

    private ReadOnlySpan<byte> Contiguous(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsSingleSegment && _copied == 0)
        {
            return buffer.FirstSpan;
        }

        // Two bytes more than the limit tell whether it is exceeded; what a body sends behind the head is not copied.
        var most = (_section == Section.Trailers ? limits.TrailerBytes : limits.HeadBytes) + 2;
        var length = (int)Math.Min(buffer.Length, most);
        if (_copy is null || _copy.Length < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(length, 2 * _copied));
            if (_copy is not null)
            {
                _copy.AsSpan(0, _copied).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_copy);
            }

            _copy = larger;
        }

        if (length > _copied)
        {
            buffer.Slice(_copied, length - _copied).CopyTo(_copy.AsSpan(_copied));
            _copied = length;
        }

        return _copy.AsSpan(0, length);
    }

    private Http1ParseStatus Refuse(Http1Rule rule, int limit = 0)
    {
        Refusal = new(rule, _section == Section.Response || (_section == Section.Trailers && _isResponse), limit);
        return Http1ParseStatus.Refused;
    }

    private bool Fail(Http1Rule rule, int limit = 0)
    {
        Refuse(rule, limit);
        return false;
    }
}
