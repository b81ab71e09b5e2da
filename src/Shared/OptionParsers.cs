using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Startup;

/// <summary>Readers of the kinds of values that options have; each error names the value and what it should be.</summary>
internal static class OptionParsers
{
    /// <summary>Any text that is not empty.</summary>
    public static string? Text(string text, out string? error)
    {
        error = text.Length > 0 ? null : "the value is empty";
        return text;
    }

    /// <summary>Every address of this machine, of both families where the kernel has both: a listener at the unspecified IPv6 address takes IPv4 too.</summary>
    public static IPAddress EveryAddress => Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;

    /// <summary>
    /// <c>IP:PORT</c>, where port 0 lets the system choose; IPv6 addresses in brackets. <c>*:PORT</c> is <see cref="EveryAddress"/>.
    /// </summary>
    public static IPEndPoint? EndPoint(string text, out string? error)
    {
        if (SplitPort(text, out var every, out var port) && every == "*")
        {
            error = null;
            return new IPEndPoint(EveryAddress, port);
        }

        // IPEndPoint.TryParse alone takes "127.0.0.1" as port 0 and "80" as 0.0.0.80.
        if (
            SplitPort(text, out var host, out _)
            && IPAddress.TryParse(host.Trim('[', ']'), out _)
            && IPEndPoint.TryParse(text, out var value)
        )
        {
            error = null;
            return value;
        }

        error = $"'{text}' is not an address with port; write IP:PORT, such as 127.0.0.1:15001, or *:PORT for every address";
        return null;
    }

    /// <summary>As <see cref="EndPoint"/>, and only an address of this machine itself (127.0.0.0/8 or ::1).</summary>
    public static IPEndPoint? LoopbackEndPoint(string text, out string? error)
    {
        var value = EndPoint(text, out error);
        if (value is not null && !IPAddress.IsLoopback(value.Address))
        {
            error = $"'{text}' can be reached from outside; write a loopback address, such as 127.0.0.1:{value.Port}";
        }

        return value;
    }

    /// <summary><c>HOST:PORT</c>, where HOST is a name or an address.</summary>
    public static DnsEndPoint? HostAndPort(string text, out string? error)
    {
        if (SplitPort(text, out var host, out var port) && port > 0 && Uri.CheckHostName(host) != UriHostNameType.Unknown)
        {
            error = null;
            return new DnsEndPoint(host.Trim('[', ']'), port);
        }

        error = $"'{text}' is not a host with port; write HOST:PORT, such as 127.0.0.1:15010";
        return null;
    }

    /// <summary>An IPv4 or IPv6 address.</summary>
    public static IPAddress? Address(string text, out string? error)
    {
        var ok = IPAddress.TryParse(text, out var value);
        error = ok ? null : $"'{text}' is not an IP address; write it like 127.0.0.1";
        return value;
    }

    /// <summary>A whole number with a unit, <c>500ms</c>, <c>5s</c>, <c>10m</c> or <c>1h</c>; <c>0s</c> for none.</summary>
    public static TimeSpan Duration(string text, out string? error)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var unit = text[digits..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(1),
            "s" => TimeSpan.FromSeconds(1),
            "m" => TimeSpan.FromMinutes(1),
            "h" => TimeSpan.FromHours(1),
            _ => TimeSpan.Zero,
        };
        if (unit > TimeSpan.Zero && int.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            error = null;
            return unit * count;
        }

        error = $"'{text}' is not a duration; write a whole number with ms, s, m or h, such as 45s";
        return default;
    }

    /// <summary>A whole number of bytes.</summary>
    public static int Bytes(string text, out string? error)
    {
        var sound = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes);
        error = sound ? null : $"'{text}' is not a number of bytes, such as 65536";
        return bytes;
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static bool Switch(string text, out string? error)
    {
        error = bool.TryParse(text, out var value) ? null : $"'{text}' is neither true nor false";
        return value;
    }

    /// <summary>One of the names of an enum, in lower case.</summary>
    public static T OneOf<T>(string text, out string? error)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase))
            {
                error = null;
                return value;
            }
        }

        error = $"'{text}' is none of {string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant()))}";
        return default;
    }

    private static bool SplitPort(string text, out string host, out int port)
    {
        var colon = text.LastIndexOf(':');
        host = colon > 0 ? text[..colon] : "";
        port = 0;
        return colon > 0
            && (!host.Contains(':') || host.StartsWith('['))
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port <= 65535;
    }
}
