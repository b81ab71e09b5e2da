using System.Diagnostics;

namespace Mesh.Proxy.Tests.Discovery;

/// <summary>Waits for conditions of other threads, with a bound that only a hang can reach.</summary>
internal static class Until
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        var since = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Bound, $"waited in vain: {what}");
            await Task.Yield();
            await Task.Delay(5);
        }
    }
}
