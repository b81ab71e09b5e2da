using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Tests.Harness;

/// <summary>
/// A service of three pods without sidecars that follows a script: <c>x-script: 503,abort,hang,ok</c> says what becomes of the first, second,
/// third and further attempts with the same <c>x-request-id</c>, whichever pod they reach; the last word holds for all that follow.
/// </summary>
internal sealed class ScriptedService : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, List<string>> _attempts = new(StringComparer.Ordinal);
    private readonly List<EchoUpstream> _pods = [];

    private ScriptedService(string name) => Name = name;

    public string Name { get; }

    public IReadOnlyList<EchoUpstream> Pods => _pods;

    public static async Task<ScriptedService> StartAsync(string name)
    {
        var service = new ScriptedService(name);
        foreach (var version in new[] { "v1", "v2", "v3" })
        {
            service._pods.Add(
                await EchoUpstream.StartAsync(version, app => app.Use((http, next) => service.FollowAsync(http, next, version)))
            );
        }

        return service;
    }

    /// <summary>The service, and a budget under which every retry of a test is allowed.</summary>
    public string Yaml => $"{Objects.EchoService(Name, "default", [.. _pods])}\n---\n{Objects.GenerousRetries(Name)}";

    /// <summary>The pods that a request reached, in order.</summary>
    public IReadOnlyList<string> AttemptsOf(string id)
    {
        var attempts = _attempts.GetValueOrDefault(id) ?? [];
        lock (attempts)
        {
            return [.. attempts];
        }
    }

    /// <summary>Sends a request through a sidecar, and says what came back and which pods it reached.</summary>
    public async Task<ScriptedOutcome> SendAsync(Sidecar sidecar, Version from, int port, string script, HttpContent? content = null)
    {
        var id = Guid.NewGuid().ToString();
        using var client = sidecar.Client(from);
        using var request = new HttpRequestMessage(content is null ? HttpMethod.Get : HttpMethod.Post, $"http://{Name}:{port}/")
        {
            Content = content,
            Version = from,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.TryAddWithoutValidation("x-request-id", id);
        request.Headers.TryAddWithoutValidation("x-script", script);
        using var response = await client.SendAsync(request);
        return new ScriptedOutcome(id, response.StatusCode, await response.Content.ReadAsStringAsync(), AttemptsOf(id));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pod in _pods)
        {
            await pod.DisposeAsync();
        }
    }

    private async Task FollowAsync(HttpContext http, RequestDelegate next, string version)
    {
        if (http.Request.Headers["x-script"] is not [{ } script])
        {
            await next(http);
            return;
        }

        var attempts = _attempts.GetOrAdd(http.Request.Headers["x-request-id"].ToString(), _ => []);
        int attempt;
        lock (attempts)
        {
            attempts.Add(version);
            attempt = attempts.Count;
        }

        var words = script.Split(',');
        switch (words[Math.Min(attempt, words.Length) - 1])
        {
            case "ok":
                await next(http);
                break;
            case "abort":
                await http.Request.Body.CopyToAsync(Stream.Null);
                http.Abort();
                break;
            case "hang":
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case var status:
                await http.Request.Body.CopyToAsync(Stream.Null);
                http.Response.StatusCode = int.Parse(status, System.Globalization.CultureInfo.InvariantCulture);
                await http.Response.WriteAsync($"attempt {attempt}");
                break;
        }
    }
}
