using Mesh.Kubernetes;
using Microsoft.Extensions.Logging;

namespace Mesh.Injector.Cluster;

/// <summary>Knows whether the API server is new enough for native sidecars, and notices when it is upgraded.</summary>
internal sealed class ServerVersion(KubernetesClient client, TimeProvider time, ILogger<ServerVersion> logger)
{
    // KEP-753: on by default from 1.29.
    private const int FirstMinor = 29;

    private static readonly TimeSpan Between = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);

    private volatile string? _version;

    /// <summary>Null until the server has answered once.</summary>
    public bool? IsNative { get; private set; }

    /// <summary>Asks now; false where that failed.</summary>
    public async Task<bool> AskAsync(CancellationToken cancellation)
    {
        try
        {
            using var answer = await client.CallAsync(HttpMethod.Get, "version", null, cancellation);
            var (major, minor) = (answer.RootElement.GetProperty("major").GetString(), answer.RootElement.GetProperty("minor").GetString());
            IsNative = Supports(major, minor);
            var version = $"{major}.{minor}";
            if (version != _version)
            {
                _version = version;
                logger.LogInformation("The API server is {Version}: sidecars are {Kind}", version, IsNative == true ? "native" : "classic");
            }

            return true;
        }
        catch (Exception e)
            when (KubernetesClient.IsFailure(e, CancellationToken.None) || e is KeyNotFoundException or InvalidOperationException)
        {
            if (!cancellation.IsCancellationRequested)
            {
                logger.LogWarning("The API server's version cannot be asked: {Reason}", e.Message);
            }

            return false;
        }
    }

    /// <summary>Ends when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            var answered = await AskAsync(cancellation);
            await Task.Delay(answered ? Between : AfterFailure, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Clouds append a plus sign to the minor version.</summary>
    public static bool Supports(string? major, string? minor) =>
        int.TryParse(major, out var first)
        && int.TryParse((minor ?? "").TrimEnd('+'), out var second)
        && (first > 1 || (first == 1 && second >= FirstMinor));
}
