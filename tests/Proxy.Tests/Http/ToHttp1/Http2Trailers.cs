using System.Net;
using System.Text;
using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Http.ToHttp1;

/// <summary>An HTTP/2 client of bare frames, because .NET's cannot send trailers.</summary>
internal static class Http2Trailers
{
    /// <summary>Posts a body with trailers behind it; gives the first byte of the answer's header block, in which HPACK's table says the status.</summary>
    public static async Task<byte> PostAsync(IPEndPoint proxy, string authority, string body, params (string Name, string Value)[] trailers)
    {
        await using var client = await Http2Peer.ConnectAsync(proxy);
        var head = Http2Wire.Block((":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", authority), ("te", "trailers"));
        await client.SendAsync(
            Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders, 1, head),
            Http2Wire.Frame(Http2Wire.Data, 0, 1, Encoding.ASCII.GetBytes(body)),
            Http2Wire.Frame(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 1, Http2Wire.Block(trailers))
        );
        var answer = await client.UntilAsync(frame => frame.Type == Http2Wire.Headers);
        return answer!.Payload[0];
    }
}
