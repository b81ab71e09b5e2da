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

    // Equal to the version it takes the place of, and no other message has it: a mark that costs nothing, where one among the options costs 200 bytes.
    private static readonly Version Written = new(2, 0);

    /// <exception cref="AttemptException">The request was written before.</exception>
    public static Encoding EncodingOf(string name, HttpRequestMessage request)
    {
        if (name.Length == Marker.Length && name.Equals(Marker, StringComparison.OrdinalIgnoreCase))
        {
            if (ReferenceEquals(request.Version, Written))
            {
                throw new AttemptException(Failure.StreamRefused, "The endpoint has not looked at the request.");
            }

            request.Version = Written;
        }

        return Encoding.Latin1;
    }
}
