using Spectre.Console;

namespace Mesh.Cli.Demo;

/// <summary>The live picture of a running demo: a bar for each version, answer times, failures.</summary>
internal static class DemoView
{
    private const int BarWidth = 40;

    public static Table Render(DemoStep step, ShareCount count, IReadOnlyCollection<string> failed)
    {
        var table = new Table()
            .RoundedBorder()
            .Title($"[bold]{Markup.Escape(step.Name)}[/]")
            .AddColumns("version", "share", "observed", "expected");
        foreach (var (version, expected) in step.Expected)
        {
            var observed = count.PercentOf(version);
            table.AddRow(
                version,
                new string('█', (int)Math.Round(observed * BarWidth / 100)).PadRight(BarWidth),
                $"{observed:0.0} %",
                $"{expected:0} %"
            );
        }

        var failures = failed.Count == 0 ? "[green]0 failed[/]" : $"[red]{failed.Count} failed[/] {Markup.Escape(failed.First())}";
        return table.Caption(
            $"{count.Requests} requests, p50 {count.Quantile(0.5):0.0} ms, p99 {count.Quantile(0.99):0.0} ms, {failures}; Ctrl-C ends"
        );
    }
}
