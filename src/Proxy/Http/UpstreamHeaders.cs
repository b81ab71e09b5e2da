using System.Collections.Frozen;
using System.Net.Http.Headers;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream;
using Microsoft.Extensions.Primitives;

namespace Mesh.Proxy.Http;

/// <summary>
/// Writes headers to an <see cref="HttpRequestMessage"/>, which keeps those about the body elsewhere than the others and refuses the wrong
/// place.
/// </summary>
internal static class UpstreamHeaders
{
    private static readonly FrozenSet<string> OfContent = new[]
    {
        "allow",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-location",
        "content-md5",
        "content-range",
        "content-type",
        "expires",
        "last-modified",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static void Add(HttpRequestMessage request, string name, in StringValues values)
    {
        if (!OfContent.Contains(name))
        {
            Add(request.Headers, name, values);
        }
        else if (request.Content is not null)
        {
            Add(request.Content.Headers, name, values);
        }
        else
        {
            if (!request.Options.TryGetValue(UpstreamContent.Headers, out var kept))
            {
                kept = [];
                request.Options.Set(UpstreamContent.Headers, kept);
            }

            foreach (var value in values)
            {
                kept.Add(new(name, value ?? ""));
            }
        }
    }

    public static void Remove(HttpRequestMessage request, string name)
    {
        if (!OfContent.Contains(name))
        {
            request.Headers.Remove(name);
        }
        else if (request.Content is not null)
        {
            request.Content.Headers.Remove(name);
        }
        else if (request.Options.TryGetValue(UpstreamContent.Headers, out var kept))
        {
            kept.RemoveAll(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase));
        }
    }

    public static void Apply(HttpRequestMessage request, EditSequence edits)
    {
        foreach (var edit in edits)
        {
            if (edit.Name is "host" or ":authority")
            {
                if (edit.Kind != HeaderEditKind.Remove)
                {
                    request.Headers.Host = WireText.Of(edit.Value);
                }

                continue;
            }

            if (edit.Kind != HeaderEditKind.Add)
            {
                Remove(request, edit.Name);
            }

            if (edit.Kind != HeaderEditKind.Remove && ValueOf(edit, edits) is { } value)
            {
                Add(request, edit.Name, value);
            }
        }
    }

    private static string? ValueOf(in HeaderEdit edit, in EditSequence edits) =>
        edit.Format is null ? WireText.Of(edit.Value) : edits.FillText(edit.Format);

    private static void Add(HttpHeaders headers, string name, in StringValues values)
    {
        if (values.Count == 1)
        {
            headers.TryAddWithoutValidation(name, values[0]);
        }
        else
        {
            headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }
}
