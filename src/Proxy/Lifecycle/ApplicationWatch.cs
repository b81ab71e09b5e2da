using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Lifecycle;

/// <summary>
/// Sees the end of a job: when the processes of the pod's other containers have gone, the proxy has nothing left to do, and the pod is to be done.
/// </summary>
internal sealed class ApplicationWatch(string folder, TimeProvider time, ILogger<ApplicationWatch> logger)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    // A job may be over in less than a second, and one that was never seen would never be over.
    private static readonly TimeSpan BetweenAtFirst = TimeSpan.FromMilliseconds(20);

    // One look may fall between two processes of one script.
    private const int Looks = 3;

    /// <summary>Ends when the others have ended, or when cancelled. True in the first case.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        var seen = false;
        var quiet = 0;
        while (!cancellation.IsCancellationRequested)
        {
            var others = OtherProcesses.Count(folder, Environment.ProcessId);
            seen |= others > 0;
            quiet = others > 0 ? 0 : quiet + 1;
            if (seen && quiet >= Looks)
            {
                logger.LogInformation("The applications of this pod have ended");
                return true;
            }

            await Task.Delay(seen ? Between : BetweenAtFirst, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return false;
    }
}
