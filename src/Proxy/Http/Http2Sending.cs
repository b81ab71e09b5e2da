using System.Text;
using Mesh.Proxy.Http.ToHttp1;

namespace Mesh.Proxy.Http;

/// <summary>
/// Has each HTTP/2 request sent once. Where an endpoint refuses a stream or goes away without having looked at it, .NET's client sends the request
/// again by itself, past every policy and budget, and cannot read a body again. It asks how to encode each header as it writes it, which gives it
/// away.
/// </summary>
internal static class Http2Sending
{
    // Every message has it, though HTTP/2 sends it under another name.
    private const string Marker = "Host";

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
