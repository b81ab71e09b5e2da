using System.CommandLine;

namespace Mesh.Cli.Online;

/// <summary>Reads pages of a running control plane or proxy.</summary>
internal static class MeshPort
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(30) };

    public static Option<string> Option(string name, string description, string example)
    {
        var option = new Option<string>(name) { Description = $"{description}, such as {example}", Required = true };
        option.Validators.Add(result =>
        {
            var value = result.GetValueOrDefault<string>();
            if (!Uri.TryCreate($"http://{value}", UriKind.Absolute, out var uri) || uri.Authority != value || uri.IsDefaultPort)
            {
                result.AddError($"{name} '{value}' is not HOST:PORT, such as {example}");
            }
        });
        return option;
    }

    /// <summary>The page's text; null after the reason was written to standard error.</summary>
    public static async Task<string?> ReadAsync(string port, string path, CancellationToken cancel)
    {
        var url = $"http://{port}{path}";
        try
        {
            using var response = await Client.GetAsync(url, cancel);
            if (response.IsSuccessStatusCode)
            {
                return await response.Content.ReadAsStringAsync(cancel);
            }

            await Console.Error.WriteLineAsync($"{url} answered {(int)response.StatusCode}; is this the right port?");
        }
        catch (HttpRequestException problem)
        {
            await Console.Error.WriteLineAsync($"{url} cannot be read: {problem.Message}");
        }

        return null;
    }
}
