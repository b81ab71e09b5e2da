using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Proxy.Routing;

/// <summary>Runs a regex over bytes: the one value it needs is widened (Latin-1) onto the stack.</summary>
internal static class RegexBytes
{
    private const int StackChars = 512;

    public static bool IsMatch(Regex regex, ReadOnlySpan<byte> value)
    {
        if (value.Length > StackChars)
        {
            return IsMatchLong(regex, value);
        }

        Span<char> text = stackalloc char[StackChars];
        var length = Encoding.Latin1.GetChars(value, text);
        return regex.IsMatch(text[..length]);
    }

    private static bool IsMatchLong(Regex regex, ReadOnlySpan<byte> value)
    {
        var text = ArrayPool<char>.Shared.Rent(value.Length);
        var length = Encoding.Latin1.GetChars(value, text);
        var matches = regex.IsMatch(text.AsSpan(0, length));
        ArrayPool<char>.Shared.Return(text);
        return matches;
    }
}
