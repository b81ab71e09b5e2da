using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http;

/// <summary>Puts what .NET's HTTP/2 client received into the shape that an HTTP/1.1 client's codec writes from.</summary>
internal static class Http2Response
{
    private const int LargestOnStack = 512;

    // Colon, space and line end.
    private const int LineOverhead = 4;

    /// <summary>
    /// What the head says about its body's length; -1 where it says nothing. False where that is not one number, or where there can be no body
    /// (RFC 9113 section 8.1.1): .NET's client does not look.
    /// </summary>
    public static bool TryLength(HttpResponseMessage response, out long length)
    {
        length = -1;
        if (!response.Content.Headers.NonValidated.TryGetValues("content-length", out var values))
        {
            return true;
        }

        return values.Count == 1
            && long.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out length)
            && (length == 0 || response.StatusCode != HttpStatusCode.NoContent);
    }

    /// <summary>The same limits as for a head that comes as HTTP/1.1, where the names and values would be so many bytes.</summary>
    public static bool IsTooLarge(HttpResponseMessage response, TrafficLimits limits)
    {
        var (count, bytes) = (0, 0);
        Measure(response.Headers);
        Measure(response.Content.Headers);
        return count > limits.MaxHeaders || bytes > limits.MaxHeadBytes;

        void Measure(HttpHeaders headers)
        {
            foreach (var (name, values) in headers.NonValidated)
            {
                foreach (var value in values)
                {
                    count++;
                    bytes += name.Length + value.Length + LineOverhead;
                }
            }
        }
    }

    /// <summary>The head; what it says of its body is in the result.</summary>
    /// <param name="status">For an upgrade that of HTTP/1.1.</param>
    /// <param name="length">From <see cref="TryLength"/>.</param>
    public static Http1HeadFacts Fill(ResponseHead head, HttpResponseMessage response, int status, long length)
    {
        head.Begin(
            HttpVersionKind.Http2,
            status,
            Encoding.Latin1.GetBytes(Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status))
        );
        Add(head.AddHeader, response.Headers);
        Add(head.AddHeader, response.Content.Headers);
        return Http1HeadFacts.None with { ContentLength = length };
    }

    public static void Fill(HeaderFields trailers, HttpResponseMessage response)
    {
        trailers.Clear();
        Add(trailers.Add, response.TrailingHeaders);
    }

    private static void Add(AddField add, HttpHeaders headers)
    {
        Span<byte> small = stackalloc byte[LargestOnStack];
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                var bytes = name.Length + value.Length <= LargestOnStack ? small : new byte[name.Length + value.Length];
                Encoding.Latin1.GetBytes(name, bytes);
                Encoding.Latin1.GetBytes(value, bytes[name.Length..]);
                add(bytes[..name.Length], bytes.Slice(name.Length, value.Length));
            }
        }
    }

    private delegate void AddField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);
}
