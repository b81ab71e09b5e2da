using System.Globalization;
using System.Net.Http.Headers;
using Mesh.Proxy.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Mesh.Proxy.Http;

/// <summary>Writes an upstream's headers and trailers to the client's response.</summary>
internal static class DownstreamHeaders
{
    // Service times repeat; the strings need not.
    private static readonly string[] SmallNumbers = Enumerable
        .Range(0, 1000)
        .Select(number => number.ToString(CultureInfo.InvariantCulture))
        .ToArray();

    public static string Milliseconds(long value) =>
        (ulong)value < (ulong)SmallNumbers.Length ? SmallNumbers[value] : value.ToString(CultureInfo.InvariantCulture);

    public static void Copy(HttpHeaders from, in StringValues connection, IHeaderDictionary to)
    {
        foreach (var (name, values) in from.NonValidated)
        {
            if (!HopByHopHeaders.Contains(name, connection))
            {
                Add(to, name, Values(values));
            }
        }
    }

    public static StringValues Values(in HeaderStringValues values)
    {
        if (values.Count <= 1)
        {
            return values.ToString();
        }

        var all = new string[values.Count];
        var next = 0;
        foreach (var value in values)
        {
            all[next++] = value;
        }

        return all;
    }

    public static void Apply(IHeaderDictionary headers, EditSequence edits)
    {
        foreach (var edit in edits)
        {
            var value =
                edit.Kind == HeaderEditKind.Remove ? null
                : edit.Format is null ? WireText.Of(edit.Value)
                : edits.FillText(edit.Format);
            if (edit.Kind != HeaderEditKind.Add)
            {
                headers.Remove(edit.Name);
            }

            if (value is not null)
            {
                Add(headers, edit.Name, value);
            }
        }
    }

    // Not HeaderDictionaryExtensions.Append, which drops a header whose value is empty.
    private static void Add(IHeaderDictionary headers, string name, in StringValues values) =>
        headers[name] = StringValues.Concat(headers[name], values);
}
