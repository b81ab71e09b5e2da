namespace Mesh.Proxy.Security.Authorization;

/// <summary>
/// Reads addresses as text, as strictly as RFC 4291 section 2.2 and dotted decimals allow: no octal or short forms, no zone, port or brackets, which
/// one reader takes for another address than the next. Allocates nothing.
/// </summary>
internal static class AddressText
{
    private const int Groups = 8;
    private const int GroupBits = 16;
    private static readonly UInt128 Mapped = (UInt128)0xFFFF << 32;

    /// <param name="value">An IPv4 address is mapped into IPv6.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out UInt128 value)
    {
        value = default;
        if (!text.Contains((byte)':'))
        {
            var sound = TryParseIPv4(text, out var address);
            value = Mapped | address;
            return sound;
        }

        return TryParseIPv6(text, out value);
    }

    private static bool TryParseIPv4(ReadOnlySpan<byte> text, out uint address)
    {
        address = 0;
        for (var part = 0; part < 4; part++)
        {
            var dot = text.IndexOf((byte)'.');
            var digits =
                part == 3 ? text
                : dot < 0 ? default
                : text[..dot];
            if (digits.Length is 0 or > 3 || (digits.Length > 1 && digits[0] == (byte)'0'))
            {
                return false;
            }

            var number = 0u;
            foreach (var digit in digits)
            {
                if (!char.IsAsciiDigit((char)digit))
                {
                    return false;
                }

                number = (number * 10) + (uint)(digit - '0');
            }

            if (number > byte.MaxValue)
            {
                return false;
            }

            address = (address << 8) | number;
            text = part == 3 ? default : text[(dot + 1)..];
        }

        return true;
    }

    private static bool TryParseIPv6(ReadOnlySpan<byte> text, out UInt128 value)
    {
        value = default;
        var count = 0;
        var gap = -1;
        if (text.StartsWith("::"u8))
        {
            gap = 0;
            text = text[2..];
        }

        while (text.Length > 0)
        {
            var colon = text.IndexOf((byte)':');
            var group = colon < 0 ? text : text[..colon];
            if (colon < 0 && group.Contains((byte)'.'))
            {
                if (count > Groups - 2 || !TryParseIPv4(group, out var last))
                {
                    return false;
                }

                value = (value << 32) | last;
                count += 2;
                break;
            }

            if (count == Groups || !TryParseGroup(group, out var number))
            {
                return false;
            }

            value = (value << GroupBits) | number;
            count++;
            if (colon < 0)
            {
                break;
            }

            text = text[(colon + 1)..];
            if (text.Length > 0 && text[0] == (byte)':')
            {
                if (gap >= 0)
                {
                    return false;
                }

                gap = count;
                text = text[1..];
            }
            else if (text.Length == 0)
            {
                // A colon at the end stands before nothing.
                return false;
            }
        }

        if (gap < 0)
        {
            return count == Groups;
        }

        if (count >= Groups)
        {
            return false;
        }

        var behind = (count - gap) * GroupBits;
        var tail = behind == 0 ? UInt128.Zero : value & (UInt128.MaxValue >> (128 - behind));
        var head = behind == 0 ? value : value >> behind;
        value = (gap == 0 ? UInt128.Zero : head << ((Groups - gap) * GroupBits)) | tail;
        return true;
    }

    private static bool TryParseGroup(ReadOnlySpan<byte> text, out uint number)
    {
        number = 0;
        if (text.Length is 0 or > 4)
        {
            return false;
        }

        foreach (var digit in text)
        {
            if (!char.IsAsciiHexDigit((char)digit))
            {
                return false;
            }

            number = (number << 4) | (uint)(char.IsAsciiDigit((char)digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return true;
    }
}
