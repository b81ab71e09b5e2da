using System.Collections.Concurrent;
using Mesh.Kubernetes.Watching;

namespace Mesh.Kubernetes.Tests;

/// <summary>What an observer has at the moment, by key.</summary>
internal sealed class Copy : IResourceObserver
{
    private volatile string? _problem;
    private int _replaced;

    public ConcurrentDictionary<string, KubernetesObject> Objects { get; } = new();

    public ConcurrentQueue<string> Problems { get; } = new();

    public string? Problem => _problem;

    public int Replaced => Volatile.Read(ref _replaced);

    public void Replace(IReadOnlyList<KubernetesObject> all)
    {
        Objects.Clear();
        foreach (var one in all)
        {
            Apply(one);
        }

        Interlocked.Increment(ref _replaced);
    }

    public void Apply(KubernetesObject changed) => Objects[changed.Key] = changed;

    public void Remove(KubernetesObject gone) => Objects.TryRemove(gone.Key, out _);

    public void Report(string? problem)
    {
        _problem = problem;
        if (problem is not null)
        {
            Problems.Enqueue(problem);
        }
    }

    public async Task UntilAsync(Func<Copy, bool> holds, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!holds(this))
        {
            Assert.False(limit.IsCancellationRequested, $"{what}; problem: {Problem}; objects: {string.Join(" ", Objects.Keys.Order())}");
            await Task.Delay(5);
        }
    }
}
