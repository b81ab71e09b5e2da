using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Mesh.Injector.Reading;

namespace Mesh.Injector.Settings;

/// <summary>Lists of ports, address ranges and interfaces as annotations write them, separated by commas.</summary>
internal static class CaptureText
{
    // Each is a rule of the kernel, and all of them together are an argument of a program, which is limited too.
    private const int Most = 1000;

    private const string OfExclusion = "list what is left out, or include nothing instead";
    private const string OfAddition = "list ports that are captured outside of the ranges, too, or leave it out for the ranges alone";

    // Of many alike, some show what is wrong.
    private const int MostShown = 10;

    private delegate string? ItemReader(string item, out string? wrong);

    /// <summary>Ports and ranges of them, or <c>*</c>; nothing for none.</summary>
    public static ImmutableArray<string> Ports(string text, out string? wrong) => Read(text, null, Port, out wrong);

    /// <summary>The same without <c>*</c>: they are captured beside the ranges.</summary>
    public static ImmutableArray<string> AddedPorts(string text, out string? wrong) => Read(text, OfAddition, Port, out wrong);

    /// <summary>The same without <c>*</c>: who wants nothing captured includes nothing.</summary>
    public static ImmutableArray<string> ExcludedPorts(string text, out string? wrong) => Read(text, OfExclusion, Port, out wrong);

    /// <summary>Ranges in CIDR notation, or <c>*</c>; nothing for none.</summary>
    public static ImmutableArray<string> Ranges(string text, out string? wrong) => Read(text, null, Range, out wrong);

    /// <summary>The same without <c>*</c>.</summary>
    public static ImmutableArray<string> ExcludedRanges(string text, out string? wrong) => Read(text, OfExclusion, Range, out wrong);

    /// <summary>Names of network interfaces.</summary>
    public static ImmutableArray<string> Interfaces(string text, out string? wrong) => Read(text, OfExclusion, Interface, out wrong);

    /// <param name="insteadOfAll">What to write instead of <c>*</c>; null where that is possible.</param>
    private static ImmutableArray<string> Read(string text, string? insteadOfAll, ItemReader read, out string? wrong)
    {
        wrong = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return [];
        }

        if (text.Trim() == "*")
        {
            wrong = insteadOfAll is null ? null : $"\"*\" is not possible here; {insteadOfAll}";
            return ["*"];
        }

        var items = new OrderedDictionary<string, bool>(StringComparer.Ordinal);
        var problems = new List<string>();
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var value = read(item, out var problem);
            if (problem is not null)
            {
                problems.Add($"\"{Shown.Short(item)}\" {problem}");
            }
            else
            {
                items.TryAdd(value!, true);
            }
        }

        wrong =
            problems.Count > MostShown ? $"{string.Join("; ", problems.Take(MostShown))}; and {problems.Count - MostShown} more"
            : problems.Count > 0 ? string.Join("; ", problems)
            : items.Count > Most ? $"lists {items.Count}; at most {Most} are possible"
            : null;
        return [.. items.Keys];
    }

    private static string? Port(string item, out string? wrong)
    {
        var ends = item.Split('-', ':');
        wrong = null;
        if (ends.Length <= 2 && Number(ends[0]) is { } first && Number(ends[^1]) is { } last)
        {
            if (first > last)
            {
                wrong = $"ends before it begins; write {last}-{first}";
            }

            return ends.Length == 1 ? $"{first}" : $"{first}-{last}";
        }

        wrong = "is neither a port from 1 to 65535 nor a range such as 8000-8999";
        return null;
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535 ? port : null;

    // As Istio's annotations: the length is written out, and bits behind it are of no account.
    private static string? Range(string item, out string? wrong)
    {
        var slash = item.IndexOf('/', StringComparison.Ordinal);
        if (
            slash > 0
            && IPAddress.TryParse(item.AsSpan(0, slash), out var address)
            && int.TryParse(item.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
        )
        {
            var bytes = address.GetAddressBytes();
            if (length <= bytes.Length * 8 && item.Count(c => c == '.') is 0 or 3)
            {
                for (var bit = length; bit < bytes.Length * 8; bit++)
                {
                    bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
                }

                wrong = null;
                return $"{new IPAddress(bytes)}/{length}";
            }
        }

        wrong = IPAddress.TryParse(item, out var single)
            ? $"has no length; write {single}/{(item.Contains(':', StringComparison.Ordinal) ? 128 : 32)}"
            : "is no range such as 10.0.0.0/8 or fd00::/8";
        return null;
    }

    // Linux: at most 15 bytes, no slash and no white space.
    private static string? Interface(string item, out string? wrong)
    {
        wrong =
            item.Length is > 0 and <= 15 && item[0] != '-' && item.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '@')
                ? null
                : "is no name of a network interface";
        return item;
    }
}
