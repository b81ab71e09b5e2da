using System.Diagnostics;
using Mesh.Tests;

namespace Mesh.Metrics.Tests;

public sealed class PromtoolTests
{
    [PeerFact("program:promtool")]
    public async Task Prometheus_own_checker_finds_nothing_to_say()
    {
        var registry = new MetricRegistry();
        registry.Counter("xds_resets_total", "Streams that ended in an error.").Add(12_345_678_901);
        registry.Gauge("connected_clients", "Line one\nand \\ two.").Set(-0.5);
        registry.Gauge("ratio", "May be anything.").Set(double.PositiveInfinity);
        var requests = registry.Counters("requests_total", "Requests.", "path", "code");
        requests.Get(new("quote\" back\\slash new\nline ü", "200")).Inc();
        requests.Get(new("", "503")).Inc();
        var wait = registry.Histograms("wait_seconds", "Waited.", HistogramBuckets.PropagationSeconds, "type");
        wait.Get(new("CDS")).Observe(0.02);
        wait.Get(new("EDS")).Observe(1e9);

        var start = new ProcessStartInfo(Peers.FindProgram("promtool")!, ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(registry.ToText());
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal("", await output + errors);
        Assert.Equal(0, process.ExitCode);
    }
}
