namespace Mesh.Proxy.Upstream;

/// <summary>
/// Sends requests over one handler's connections, bodies piece by piece as they come. Puts content headers of a request without body where .NET wants them: on a content
/// of no bytes.
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

        return base.SendAsync(request, cancellationToken);
    }
}
