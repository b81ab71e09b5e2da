namespace Mesh.Proxy.Routing;

/// <summary>ASCII case folding over bytes; every other byte compares as itself.</summary>
internal static class AsciiBytes
{
    public static void Lower(Span<byte> bytes)
    {
        foreach (ref var b in bytes)
        {
            b = Lower(b);
        }
    }

    /// <param name="lower">Already in lower case.</param>
    public static bool StartsWithIgnoreCase(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> lower)
    {
        if (bytes.Length < lower.Length)
        {
            return false;
        }

        for (var i = 0; i < lower.Length; i++)
        {
            if (Lower(bytes[i]) != lower[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <param name="lower">Already in lower case.</param>
    public static bool ContainsIgnoreCase(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> lower)
    {
        for (var i = 0; i + lower.Length <= bytes.Length; i++)
        {
            if (StartsWithIgnoreCase(bytes[i..], lower))
            {
                return true;
            }
        }

        return false;
    }

    private static byte Lower(byte b) => (uint)(b - 'A') <= 'Z' - 'A' ? (byte)(b | 0x20) : b;
}
