using System.Net.Http.Json;

namespace Mesh.Integration.Tests.Harness;

/// <summary>What a request under load came to, in one word for the count: nothing thrown, so that every failure is counted.</summary>
internal static class Outcome
{
    /// <summary>The version that answered, or the status and body of a failure, or why there was no answer.</summary>
    public static async Task<string> OfAsync(Func<Task<HttpResponseMessage>> send)
    {
        try
        {
            using var response = await send();
            return response.IsSuccessStatusCode
                ? (await response.Content.ReadFromJsonAsync<Echo>())!.Version
                : $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
        }
        catch (HttpRequestException broken)
        {
            return $"no answer: {broken.Message} {broken.InnerException?.Message}";
        }
    }
}
