using System.Diagnostics;

namespace Mesh.Cli.Processes;

/// <summary>Waits for conditions of other processes: polls, never assumes a time.</summary>
internal static class Wait
{
    private static readonly HttpClient Probe = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };

    /// <exception cref="TimeoutException">The condition did not hold within <paramref name="limit"/>.</exception>
    public static async Task UntilAsync(string what, TimeSpan limit, Func<Task<bool>> condition, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > limit)
            {
                throw new TimeoutException($"{what} did not happen within {limit.TotalSeconds:0} s");
            }

            await Task.Delay(50, cancel);
        }
    }

    /// <summary>True if the address answers 200.</summary>
    public static async Task<bool> AnswersAsync(string url, CancellationToken cancel) => await TextAsync(url, cancel) is not null;

    /// <summary>The body of a 200 answer, null for anything else.</summary>
    public static async Task<string?> TextAsync(string url, CancellationToken cancel)
    {
        try
        {
            using var response = await Probe.GetAsync(url, cancel);
            return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync(cancel) : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
    }
}
