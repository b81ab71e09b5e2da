using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;

namespace Mesh.Bookinfo;

/// <summary>Calls other services by name through the sidecar, which takes absolute-form requests like any HTTP proxy.</summary>
internal sealed class Neighbours(Uri sidecar) : IDisposable
{
    // What a trace, a user and a request are known by; everything else of the request stays here.
    private static readonly string[] Forwarded = ["end-user", "x-request-id", "traceparent", "tracestate", "b3", "cookie"];

    private readonly HttpClient _client = new(new SocketsHttpHandler { Proxy = new WebProxy(sidecar), UseCookies = false });

    public async Task<T?> GetAsync<T>(string url, HttpRequest cause, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        foreach (var name in Forwarded)
        {
            if (cause.Headers.TryGetValue(name, out var values))
            {
                request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }

        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<T>(cancel);
    }

    public void Dispose() => _client.Dispose();
}
