namespace Mesh.Proxy.Tests.Traffic;

/// <summary>Waits for conditions, never for a time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(Bound);
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
            {
                Assert.Fail($"Waited {Bound} in vain for: {what}");
            }

            await Task.Delay(10);
        }
    }

    public static Task<T> InTimeAsync<T>(Task<T> task) => task.WaitAsync(Bound);

    public static Task InTimeAsync(Task task) => task.WaitAsync(Bound);
}
