using System.Runtime.InteropServices;

namespace Mesh.Proxy.Routing;

/// <summary>ASCII case folding over bytes; every other byte compares as itself.</summary>
internal static class AsciiBytes
{
    // Eight bytes a step: header names are lowered for every request (bench/micro, RouteMatch.Fill).
    public static void Lower(Span<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            MemoryMarshal.Write(bytes, Lower(MemoryMarshal.Read<ulong>(bytes)));
            bytes = bytes[sizeof(ulong)..];
        }

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

    // In each byte below 0x80, bit 7 of the first sum says "at least A", of the second "above Z"; sums stay within their byte.
    private static ulong Lower(ulong bytes)
    {
        const ulong Each = 0x0101010101010101;
        var low = bytes & (0x7F * Each);
        var fromA = low + ((0x80 - 'A') * Each);
        var aboveZ = low + ((0x7F - 'Z') * Each);
        return bytes | (((fromA ^ aboveZ) & ~bytes & (0x80 * Each)) >> 2);
    }

    private static byte Lower(byte b) => (uint)(b - 'A') <= 'Z' - 'A' ? (byte)(b | 0x20) : b;
}
