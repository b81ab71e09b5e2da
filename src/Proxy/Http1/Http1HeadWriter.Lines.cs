namespace Mesh.Proxy.Http1;

// Lines and the room for them; which fields a Connection header keeps to its connection.
internal ref partial struct Http1HeadWriter
{
    private void Line(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        var line = Reserve(name.Length + value.Length + 4);
        name.CopyTo(line);
        line[name.Length] = (byte)':';
        line[name.Length + 1] = (byte)' ';
        value.CopyTo(line[(name.Length + 2)..]);
        line[name.Length + 2 + value.Length] = (byte)'\r';
        line[name.Length + 3 + value.Length] = (byte)'\n';
        _at += name.Length + value.Length + 4;
    }

    // One advance for most heads: the output is asked again only where its block is full.
    private Span<byte> Reserve(int bytes)
    {
        if (_span.Length - _at < bytes)
        {
            if (_at > 0)
            {
                _output.Advance(_at);
                _at = 0;
            }

            _span = _output.GetSpan(Math.Max(bytes, BlockBytes));
        }

        return _span[_at..];
    }

    private static bool IsListed(ResponseHead head, in Http1HeadFacts facts, ReadOnlySpan<byte> name)
    {
        if ((facts.ListedFields & ConnectionFields.Bit(name)) == 0 || !HopByHopFields.CanBeListed(name))
        {
            return false;
        }

        for (var i = 0; i < head.HeaderCount; i++)
        {
            if (head.HeaderId(i) == ResponseHeader.Connection && ConnectionFields.Lists(head.HeaderValue(i), name))
            {
                return true;
            }
        }

        return false;
    }
}
