namespace Mesh.Proxy.Routing.NormalForm;

/// <summary>
/// Brings a path, without its query, to the one form that routing, policy, log and upstream read. Pure; the result is a fixed point: doing it again
/// changes nothing. Allocates nothing.
/// </summary>
internal static class PathNormalizer
{
    /// <summary>True where the path certainly has the form already: the common case, found without reading it byte by byte.</summary>
    public static bool IsNormal(ReadOnlySpan<byte> path, PathForm form) =>
        form == PathForm.AsReceived
        || (
            path.IndexOfAny((byte)'%', (byte)'\\') < 0
            && path.IndexOf("/."u8) < 0
            && ((form & PathForm.MergeSlashes) == 0 || path.IndexOf("//"u8) < 0)
        );

    /// <summary>Writes the normal form, which is never longer. False where the path must be refused: an escaped NUL, or a slash that is escaped and may not be.</summary>
    /// <param name="path">Begins with a slash.</param>
    /// <param name="output">As long as the path at least.</param>
    public static bool TryWrite(ReadOnlySpan<byte> path, PathForm form, Span<byte> output, out int written)
    {
        if (!TryDecode(path, form, output, out written))
        {
            return false;
        }

        // In Envoy's order, so that one policy means the same there and here.
        if ((form & PathForm.Normalize) != 0)
        {
            written = RemoveDotSegments(output[..written]);
        }

        if ((form & PathForm.MergeSlashes) != 0)
        {
            written = MergeSlashes(output[..written]);
        }

        return true;
    }

    // Looks back after every byte: what has been decoded may complete another escape, as in %%36%31, and nothing that comes
    // behind us shall find one more to decode.
    private static bool TryDecode(ReadOnlySpan<byte> path, PathForm form, Span<byte> output, out int written)
    {
        var normalize = (form & PathForm.Normalize) != 0;
        written = 0;
        foreach (var b in path)
        {
            output[written++] = normalize && b == (byte)'\\' ? (byte)'/' : b;
            while (
                written >= 3 && output[written - 3] == (byte)'%' && Value(output[written - 2], output[written - 1]) is var value and >= 0
            )
            {
                if (value is '/' or '\\')
                {
                    if ((form & PathForm.RefuseEscapedSlashes) != 0)
                    {
                        return false;
                    }

                    if ((form & PathForm.DecodeSlashes) == 0)
                    {
                        break;
                    }

                    value = value == '\\' && !normalize ? '\\' : '/';
                }
                else if (!normalize)
                {
                    break;
                }
                else if (value == 0)
                {
                    // An end to some readers, a byte to others.
                    return false;
                }
                else if (!IsUnreserved(value))
                {
                    break;
                }

                written -= 2;
                output[written - 1] = (byte)value;
            }
        }

        return true;
    }

    private static int RemoveDotSegments(Span<byte> path)
    {
        var written = 0;
        for (var from = 0; from < path.Length; )
        {
            var length = path[(from + 1)..].IndexOf((byte)'/');
            var end = length < 0 ? path.Length : from + 1 + length;
            var segment = path[(from + 1)..end];
            var isLast = end == path.Length;
            if (segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8))
            {
                if (segment.Length == 2)
                {
                    written = Math.Max(0, path[..written].LastIndexOf((byte)'/'));
                }

                if (isLast)
                {
                    path[written++] = (byte)'/';
                }
            }
            else
            {
                path[from..end].CopyTo(path[written..]);
                written += end - from;
            }

            from = end;
        }

        return written;
    }

    private static int MergeSlashes(Span<byte> path)
    {
        var written = 0;
        foreach (var b in path)
        {
            if (b != (byte)'/' || written == 0 || path[written - 1] != (byte)'/')
            {
                path[written++] = b;
            }
        }

        return written;
    }

    private static int Value(byte high, byte low)
    {
        var (h, l) = (Digit(high), Digit(low));
        return h < 0 || l < 0 ? -1 : (h << 4) | l;
    }

    private static int Digit(byte b) =>
        b switch
        {
            >= (byte)'0' and <= (byte)'9' => b - '0',
            >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
            >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
            _ => -1,
        };

    private static bool IsUnreserved(int value) => char.IsAsciiLetterOrDigit((char)value) || value is '-' or '.' or '_' or '~';
}
