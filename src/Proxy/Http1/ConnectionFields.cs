using System.Text;

namespace Mesh.Proxy.Http1;

/// <summary>Reads Connection header values: the options they list, and whether they list a given field (RFC 9110 section 7.6.1).</summary>
internal static class ConnectionFields
{
    /// <summary>The bit that stands for a name; several names share one.</summary>
    public static ulong Bit(ReadOnlySpan<byte> name) => 1UL << (((name.Length * 7) + (name[0] | 0x20)) & 63);

    /// <summary>Adds what one Connection line lists.</summary>
    public static void Read(ReadOnlySpan<byte> value, ref Http1ConnectionOptions options, ref ulong fields)
    {
        while (Next(ref value, out var option))
        {
            if (Ascii.EqualsIgnoreCase(option, "close"u8))
            {
                options |= Http1ConnectionOptions.Close;
            }
            else if (Ascii.EqualsIgnoreCase(option, "keep-alive"u8))
            {
                options |= Http1ConnectionOptions.KeepAlive;
            }
            else if (Ascii.EqualsIgnoreCase(option, "upgrade"u8))
            {
                options |= Http1ConnectionOptions.Upgrade;
            }
            else
            {
                options |= Http1ConnectionOptions.Fields;
                fields |= Bit(option);
            }
        }
    }

    public static bool Lists(ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
    {
        while (Next(ref value, out var option))
        {
            if (Ascii.EqualsIgnoreCase(option, name))
            {
                return true;
            }
        }

        return false;
    }

    // Empty elements are skipped (RFC 9110 section 5.6.1.2).
    private static bool Next(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> option)
    {
        while (!rest.IsEmpty)
        {
            var comma = rest.IndexOf((byte)',');
            option = Http1Bytes.Trim(comma < 0 ? rest : rest[..comma]);
            rest = comma < 0 ? default : rest[(comma + 1)..];
            if (!option.IsEmpty)
            {
                return true;
            }
        }

        option = default;
        return false;
    }
}
