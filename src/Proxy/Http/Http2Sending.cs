using System.Text;
using Mesh.Proxy.Http.ToHttp1;

namespace Mesh.Proxy.Http;

/// <summary>
/// Has each HTTP/2 request with a body sent once. Where an endpoint refuses a stream or goes away without having looked at it, .NET's client sends
/// the request again by itself, but it cannot read a body again. It asks how to encode each header as it writes it, which gives it away. Requests
/// without a body it may send again, at most three times: so a burst finds room on further connections before their limits are known.
/// </summary>
internal static class Http2Sending
{
    // Every request has it, unless a rule takes it away.
    private const string Marker = "x-request-id";

    private static readonly HttpRequestOptionsKey<bool> Written = new("written");

    /// <exception cref="AttemptException">The request was written before.</exception>
    public static Encoding EncodingOf(string name, HttpRequestMessage request)
    {
        if (request.Content is not null && name.Length == Marker.Length && name.Equals(Marker, StringComparison.OrdinalIgnoreCase))
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
