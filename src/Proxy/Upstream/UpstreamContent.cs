namespace Mesh.Proxy.Upstream;

/// <summary>
/// Makes a message's content what .NET's HTTP/2 client needs: bodies that go out piece by piece as they come, and content headers of a request
/// without a body on a content of no bytes.
/// </summary>
internal static class UpstreamContent
{
    /// <summary>Content headers that came with no body, as name and value.</summary>
    public static readonly HttpRequestOptionsKey<List<KeyValuePair<string, string>>> Headers = new("content-headers");

    public static HttpRequestMessage Complete(HttpRequestMessage request)
    {
        if (request.Content is not null)
        {
            request.Content = new PromptContent(request.Content);
        }
        else if (request.Options.TryGetValue(Headers, out var headers))
        {
            request.Content = new ByteArrayContent([]);
            foreach (var (name, value) in headers)
            {
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }
}
