using System.Buffers;
using System.Buffers.Text;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http1;

/// <summary>
/// Writes one head from a <see cref="RequestHead"/> or <see cref="ResponseHead"/>: without what belongs to the other connection, with its own
/// framing, and with the edits applied while writing. Edits cannot touch framing or connection headers, nor add a line. Order of calls:
/// <c>TryRequest</c> or <c>Response</c>, any <see cref="Field"/>, <see cref="End"/>.
/// </summary>
internal ref partial struct Http1HeadWriter
{
    private const int BlockBytes = 1024;

    private readonly IBufferWriter<byte> _output;
    private readonly EditSequence _edits;
    private readonly bool _hasEdits;
    private Span<byte> _span;
    private int _at;

    public Http1HeadWriter(IBufferWriter<byte> output, EditSequence edits)
    {
        _output = output;
        _edits = edits;
        _hasEdits = !edits.IsEmpty;
    }

    /// <summary>
    /// The request line, Host and all headers of the request that are forwarded. False, with nothing written, where the target or the authority
    /// (both may come from a rewrite) has bytes that would break the line.
    /// </summary>
    /// <param name="head">Without what its Connection header lists (<see cref="HopByHopFields.RemoveListed"/>).</param>
    /// <param name="target">In the form that goes upstream.</param>
    /// <param name="authority">The Host value; an edit of <c>host</c> or <c>:authority</c> replaces it.</param>
    /// <param name="body">How the body will be written.</param>
    public bool TryRequest(
        RequestHead head,
        ReadOnlySpan<byte> target,
        ReadOnlySpan<byte> authority,
        Http1BodyLength body,
        Http1Persistence persistence
    )
    {
        if (target.IsEmpty || target.ContainsAnyExcept(Http1Bytes.Target) || authority.ContainsAny(Http1Bytes.Controls))
        {
            return false;
        }

        var method = head.Method;
        var line = Reserve(method.Length + target.Length + 12);
        method.CopyTo(line);
        line[method.Length] = (byte)' ';
        target.CopyTo(line[(method.Length + 1)..]);
        " HTTP/1.1\r\n"u8.CopyTo(line[(method.Length + 1 + target.Length)..]);
        _at += method.Length + target.Length + 12;

        WriteHost(authority);
        var trailers = false;
        for (var i = 0; i < head.HeaderCount; i++)
        {
            switch (head.HeaderId(i))
            {
                case KnownHeader.Host or KnownHeader.Connection or KnownHeader.ContentLength or KnownHeader.TransferEncoding:
                    continue;
                case KnownHeader.Te:
                    trailers |= ConnectionFields.Lists(head.HeaderValue(i), "trailers"u8);
                    continue;
                case KnownHeader.Upgrade when persistence != Http1Persistence.Upgrade:
                    continue;
                case KnownHeader.Upgrade:
                    Line(head.HeaderName(i), head.HeaderValue(i));
                    continue;
            }

            var name = head.HeaderName(i);
            if (!HopByHopFields.Contains(name))
            {
                Field(name, head.HeaderValue(i));
            }
        }

        WriteFraming(body, persistence);
        if (trailers && persistence == Http1Persistence.Default)
        {
            // We pass trailers on, so the client's word holds for this connection too (RFC 9110 section 10.1.4).
            Line("te"u8, "trailers"u8);
            Line("connection"u8, "te"u8);
        }

        return true;
    }

    /// <summary>The status line and all headers of the response that are forwarded.</summary>
    /// <param name="facts">As parsed.</param>
    /// <param name="body">How the body will be written; None keeps the Content-Length of an answer to HEAD and of 304.</param>
    public void Response(ResponseHead head, in Http1HeadFacts facts, Http1BodyLength body, Http1Persistence persistence)
    {
        StatusLine(head.Status, head.Reason);
        for (var i = 0; i < head.HeaderCount; i++)
        {
            switch (head.HeaderId(i))
            {
                case ResponseHeader.Connection
                or ResponseHeader.KeepAlive
                or ResponseHeader.ProxyConnection
                or ResponseHeader.TransferEncoding
                or ResponseHeader.XEnvoyUpstreamServiceTime // each proxy says its own
                or ResponseHeader.XMeshRepeatable: // meant for this proxy
                    continue;
                case ResponseHeader.Upgrade when persistence != Http1Persistence.Upgrade:
                    continue;
                case ResponseHeader.Upgrade:
                    Line(head.HeaderName(i), head.HeaderValue(i));
                    continue;
                case ResponseHeader.ContentLength:
                    if (body.Kind == Http1BodyKind.None && head.Status is >= 200 and not 204)
                    {
                        Line(head.HeaderName(i), head.HeaderValue(i));
                    }

                    continue;
            }

            var name = head.HeaderName(i);
            if (!HopByHopFields.Contains(name) && !((facts.Options & Http1ConnectionOptions.Fields) != 0 && IsListed(head, facts, name)))
            {
                Field(name, head.HeaderValue(i));
            }
        }

        WriteFraming(body, persistence);
    }

    /// <summary>A status line alone, for an answer of our own.</summary>
    public void StatusLine(int status, scoped ReadOnlySpan<byte> reason)
    {
        var line = Reserve(reason.Length + 15);
        "HTTP/1.1 "u8.CopyTo(line);
        Utf8Formatter.TryFormat(status, line[9..], out _);
        line[12] = (byte)' ';
        reason.CopyTo(line[13..]);
        "\r\n"u8.CopyTo(line[(13 + reason.Length)..]);
        _at += reason.Length + 15;
    }

    /// <summary>One more header, which edits can remove or replace as those of the head.</summary>
    /// <param name="name">In lower case.</param>
    public void Field(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        if (!_hasEdits || !IsEditedAway(name))
        {
            Line(name, value);
        }
    }

    /// <summary>What the edits add, and the empty line; hands the bytes to the output.</summary>
    public void End()
    {
        if (_hasEdits)
        {
            WriteEdits();
        }

        "\r\n"u8.CopyTo(Reserve(2));
        _output.Advance(_at + 2);
        _span = default;
        _at = 0;
    }

    /// <summary>Framing and connection headers, always our own words; an answer of our own calls it too.</summary>
    public void WriteFraming(Http1BodyLength body, Http1Persistence persistence)
    {
        if (body.Kind == Http1BodyKind.Chunked)
        {
            Line("transfer-encoding"u8, "chunked"u8);
        }
        else if (body.Kind == Http1BodyKind.Fixed)
        {
            Span<byte> digits = stackalloc byte[20];
            Utf8Formatter.TryFormat(body.Length, digits, out var count);
            Line("content-length"u8, digits[..count]);
        }

        if (persistence != Http1Persistence.Default)
        {
            Line(
                "connection"u8,
                persistence switch
                {
                    Http1Persistence.Close => "close"u8,
                    Http1Persistence.KeepAlive => "keep-alive"u8,
                    _ => "upgrade"u8,
                }
            );
        }
    }
}
