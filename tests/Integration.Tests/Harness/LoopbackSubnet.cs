namespace Mesh.Integration.Tests.Harness;

/// <summary>Loopback addresses that no other test of this run, and hardly another run, uses: 127.A.B.n with A.B from the process id.</summary>
internal static class LoopbackSubnet
{
    private static int _next;

    public static string NextAddress()
    {
        var number = Interlocked.Increment(ref _next);
        var process = Environment.ProcessId;
        return $"127.{20 + process / 200 % 200}.{process % 200 + number / 250}.{number % 250 + 1}";
    }
}
