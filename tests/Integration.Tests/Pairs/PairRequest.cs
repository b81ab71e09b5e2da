using System.Net.Http.Json;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Pairs;

/// <summary>Requests whose target is sent byte for byte, over any pair.</summary>
internal static class PairRequest
{
    public static HttpRequestMessage To(
        this HttpClient client,
        string target,
        HttpMethod? method = null,
        HttpContent? content = null,
        params (string Name, string Value)[] headers
    )
    {
        var request = new HttpRequestMessage(
            method ?? HttpMethod.Get,
            new Uri(
                $"{client.BaseAddress!.GetLeftPart(UriPartial.Authority)}{target}",
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
            )
        )
        {
            Content = content,
            Version = client.DefaultRequestVersion,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value), $"header {name}");
        }

        return request;
    }

    public static async Task<Echo> EchoAsync(
        this HttpClient client,
        string target,
        HttpContent? content = null,
        params (string Name, string Value)[] headers
    )
    {
        using var request = client.To(target, content is null ? HttpMethod.Get : HttpMethod.Post, content, headers);
        using var response = await client.SendAsync(request);
        return await EchoOf(response);
    }

    public static async Task<Echo> EchoOf(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return (await response.Content.ReadFromJsonAsync<Echo>())!;
    }

    /// <summary>Every line of a response header, wherever HttpClient keeps it.</summary>
    public static string[] Lines(this HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? [.. values]
        : response.Content.Headers.NonValidated.TryGetValues(name, out values) ? [.. values]
        : [];
}
