using System.Text;
using Mesh.Proxy.Http.ToHttp1;

namespace Mesh.Proxy.Http;

/// <summary>
/// Has each HTTP/2 request sent once. Where an endpoint refuses a stream or goes away, .NET's client sends the request again, three times and at
/// once, past every policy and budget, and cannot send a body again. It asks how to encode each header as it writes it, which gives it away. What is
/// lost: a burst on a new connection to an endpoint that allows fewer than 100 streams was sent again unseen, and now takes retries.
/// </summary>
internal static class Http2Sending
{
    // Every request has it, unless a rule takes it away.
    private const string Marker = "x-request-id";

    private static readonly HttpRequestOptionsKey<bool> Written = new("written");

    /// <exception cref="AttemptException">The request was written before.</exception>
    public static Encoding EncodingOf(string name, HttpRequestMessage request)
    {
        if (name.Length == Marker.Length && name.Equals(Marker, StringComparison.OrdinalIgnoreCase))
        {
            if (request.Options.TryGetValue(Written, out _))
            {
                throw new AttemptException(Failure.StreamRefused, "The endpoint has not looked at the request.");
            }

            request.Options.Set(Written, true);
        }

        return Encoding.Latin1;
    }
}
