using System.Collections.Concurrent;

namespace Mesh.Integration.Tests.Harness;

/// <summary>A bounded number of requests from a few workers; counts who answered.</summary>
internal static class Load
{
    private const int Workers = 8;

    /// <summary>Answers by <see cref="EchoClient.WhoAsync"/>: versions, or status codes of failures.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> RunAsync(int requests, Func<int, Task<string>> request)
    {
        var answers = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var next = 0;
        await Task.WhenAll(
            Enumerable
                .Range(0, Workers)
                .Select(async _ =>
                {
                    for (var i = Interlocked.Increment(ref next); i <= requests; i = Interlocked.Increment(ref next))
                    {
                        answers.AddOrUpdate(await request(i), 1, (_, count) => count + 1);
                    }
                })
        );
        return answers;
    }

    /// <summary>Requests for as long as an action takes; returns what answered meanwhile.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> WhileAsync(Func<Task> action, Func<int, Task<string>> request)
    {
        var answers = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        var next = 0;
        var running = action();
        await Task.WhenAll(
            Enumerable
                .Range(0, Workers)
                .Select(async _ =>
                {
                    do
                    {
                        answers.AddOrUpdate(await request(Interlocked.Increment(ref next)), 1, (_, count) => count + 1);
                    } while (!running.IsCompleted);
                })
        );
        await running;
        return answers;
    }
}
