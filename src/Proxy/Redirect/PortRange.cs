using System.Globalization;

namespace Mesh.Proxy.Redirect;

/// <summary>A port, or ports from one to another, both included.</summary>
internal readonly record struct PortRange(int First, int Last)
{
    /// <summary>As users write it, <c>80</c> or <c>8000-8100</c>; null where it is neither.</summary>
    public static PortRange? Parse(string text)
    {
        var dash = text.IndexOf('-');
        var (from, to) = dash < 0 ? (text, text) : (text[..dash], text[(dash + 1)..]);
        return
            ushort.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && ushort.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && first > 0
            && first <= last
            ? new PortRange(first, last)
            : null;
    }

    /// <summary>As iptables writes it.</summary>
    public override string ToString() => First == Last ? $"{First}" : $"{First}:{Last}";
}
