using System.Net.Http.Json;

namespace Mesh.Integration.Tests.Harness;

/// <summary>Sends requests through a sidecar, to one service unless told otherwise, and reads what the upstream saw.</summary>
internal sealed class EchoClient(Sidecar sidecar, string protocol, string service = "echo") : IDisposable
{
    private readonly HttpClient _client = sidecar.Client(Protocols.VersionOf(protocol));

    /// <summary>Port that the service is dialled at.</summary>
    public int Port { get; } = Protocols.PortOf(protocol);

    public async Task<HttpResponseMessage> SendAsync(
        string pathAndQuery,
        HttpMethod? method = null,
        string? host = null,
        HttpContent? content = null,
        params (string Name, string Value)[] headers
    )
    {
        var uri = new Uri(
            $"http://{host ?? service}:{Port}{pathAndQuery}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
        );
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, uri)
        {
            Content = content,
            Version = _client.DefaultRequestVersion,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach (var (name, value) in headers)
        {
            if (string.Equals(name, "host", StringComparison.OrdinalIgnoreCase))
            {
                request.Headers.Host = value;
            }
            else
            {
                Assert.True(request.Headers.TryAddWithoutValidation(name, value), $"header {name}");
            }
        }

        return await _client.SendAsync(request);
    }

    public async Task<Echo> EchoAsync(string pathAndQuery, params (string Name, string Value)[] headers)
    {
        using var response = await SendAsync(pathAndQuery, headers: headers);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return (await response.Content.ReadFromJsonAsync<Echo>())!;
    }

    /// <summary>The version of the upstream that answered, or the status code where none did.</summary>
    public async Task<string> WhoAsync(string pathAndQuery, params (string Name, string Value)[] headers)
    {
        using var response = await SendAsync(pathAndQuery, headers: headers);
        return response.IsSuccessStatusCode
            ? (await response.Content.ReadFromJsonAsync<Echo>())!.Version
            : ((int)response.StatusCode).ToString();
    }

    public void Dispose() => _client.Dispose();
}
