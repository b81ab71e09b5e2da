using System.Net;
using System.Net.Http.Headers;

namespace Mesh.Grpc.Tests;

/// <summary>A client that knows HTTP/2 and no gRPC, to send what our client never would.</summary>
internal static class RawHttp
{
    public static HttpMessageInvoker Client() => new(new SocketsHttpHandler { UseProxy = false });

    public static HttpRequestMessage Call(Uri address, string path, byte[] body, params (string Name, string Value)[] headers)
    {
        var content = new ByteArrayContent(body);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        var type = headers.FirstOrDefault(h => h.Name == "content-type").Value ?? "application/grpc";
        content.Headers.ContentType = type.Length == 0 ? null : MediaTypeHeaderValue.Parse(type);
        foreach (var (name, value) in headers.Where(h => h.Name != "content-type"))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return request;
    }

    /// <summary>The grpc-status, wherever it is; the body is read to its end.</summary>
    public static string? Status(HttpResponseMessage response)
    {
        using var body = response.Content.ReadAsStream();
        body.CopyTo(Stream.Null);
        return Header(response.Headers, "grpc-status") ?? Header(response.TrailingHeaders, "grpc-status");
    }

    public static string? Header(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;
}
