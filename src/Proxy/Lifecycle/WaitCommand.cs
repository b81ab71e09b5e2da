using System.Globalization;
using System.Net;
using Mesh.Startup;

namespace Mesh.Proxy.Lifecycle;

/// <summary><c>proxy wait</c>: returns when something has come true, for the hooks of a classic sidecar's container.</summary>
internal static class WaitCommand
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    /// <summary>0 when it has come true, 1 when it has not in time, 2 on bad usage.</summary>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        TextWriter output,
        TextWriter error
    )
    {
        var set = new OptionSet("Waits for something in this proxy's pod.");
        var goal = set.Required(
            "--for",
            "ready|applications",
            "That the proxy takes traffic, or that no application listens or has a connection any more.",
            OptionParsers.OneOf<WaitGoal>
        );
        var ready = set.Optional(
            "--ready",
            "IP:PORT",
            "Where the proxy says whether it is ready.",
            "127.0.0.1:15021",
            OptionParsers.EndPoint
        );
        var user = set.Optional("--user", "UID", "The proxy's own user, whose sockets are not the applications'.", "1337", User);
        var timeout = set.Optional("--timeout", "DURATION", "How long to wait at most.", "60s", OptionParsers.Duration);
        if (set.Read(arguments, environment, output, error) is { } code)
        {
            return code;
        }

        using var limit = new CancellationTokenSource(timeout.Value);
        try
        {
            await (goal.Value == WaitGoal.Ready ? UntilReadyAsync(ready.Value, limit.Token) : UntilQuietAsync(user.Value, limit.Token));
            return 0;
        }
        catch (OperationCanceledException)
        {
            var what =
                goal.Value == WaitGoal.Ready ? $"the proxy at {ready.Value} is not ready" : "applications still listen or have connections";
            await error.WriteLineAsync($"After {timeout.Value.TotalSeconds} s {what}.");
            return 1;
        }
    }

    private static int User(string text, out string? error)
    {
        error = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var user)
            ? null
            : $"'{text}' is no number of a user";
        return user;
    }

    private static async Task UntilReadyAsync(IPEndPoint proxy, CancellationToken cancellation)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var page = new UriBuilder(Uri.UriSchemeHttp, proxy.Address.ToString(), proxy.Port, "/healthz/ready").Uri;
        while (!await IsReadyAsync(client, page, cancellation))
        {
            await Task.Delay(Between, cancellation);
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient client, Uri page, CancellationToken cancellation)
    {
        try
        {
            using var answer = await client.GetAsync(page, cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task UntilQuietAsync(int user, CancellationToken cancellation)
    {
        // Who listens serves; who has a connection, such as a consumer of a queue, may need the proxy for its last words.
        while (OpenSockets.OfApplications("/proc", user).Any())
        {
            await Task.Delay(Between, cancellation);
        }
    }
}
