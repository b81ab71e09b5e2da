namespace Mesh.Proxy.Upstream;

/// <summary>
/// Sends requests over one handler's connections, bodies piece by piece as they come. Puts content headers of a request without body where .NET
/// wants them: on a content of no bytes. Has no request sent twice that may not be.
/// </summary>
internal sealed class UpstreamInvoker(HttpMessageHandler handler) : HttpMessageInvoker(handler, disposeHandler: true)
{
    /// <summary>Content headers that came with no body, as name and value.</summary>
    public static readonly HttpRequestOptionsKey<List<KeyValuePair<string, string>>> ContentHeaders = new("content-headers");

    public override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not null)
        {
            request.Content = new PromptContent(request.Content);
        }
        else if (request.Options.TryGetValue(ContentHeaders, out var headers))
        {
            request.Content = new ByteArrayContent([]);
            foreach (var (name, value) in headers)
            {
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }
        else if (request.Version.Major == 1 && WritesLengthOfNothing(request.Method))
        {
            // SocketsHttpHandler sends a request without content again, up to three times, where the upstream closes the connection instead
            // of answering, and the upstream may have acted (RFC 9110 9.2.2). A content, even of no bytes, forbids it; on the wire nothing changes.
            request.Content = new ByteArrayContent([]);
        }

        return base.SendAsync(request, cancellationToken);
    }

    // The methods for which SocketsHttpHandler writes Content-Length: 0 anyway; the others are idempotent.
    private static bool WritesLengthOfNothing(HttpMethod method) =>
        method != HttpMethod.Get
        && method != HttpMethod.Head
        && method != HttpMethod.Options
        && method != HttpMethod.Delete
        && method != HttpMethod.Connect;
}
