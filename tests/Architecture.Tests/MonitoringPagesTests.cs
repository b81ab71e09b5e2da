using System.Text.RegularExpressions;

namespace Mesh.Architecture.Tests;

/// <summary>The pages about metrics and the access log name what the code names.</summary>
public sealed partial class MonitoringPagesTests
{
    private static readonly string Source = string.Concat(
        Repository.Files("src", "*.cs").Select(file => string.Join('\n', Repository.Lines(file)) + "\n")
    );

    private static readonly string Metrics = Page("metrics.md");
    private static readonly string AccessLog = Page("access-log.md");

    [Fact]
    public void Every_metric_is_on_the_page()
    {
        var names = Registration().Matches(Source).Select(match => match.Groups["name"].Value).Distinct().ToList();
        Assert.True(names.Count > 50, $"only {names.Count} were found");
        Assert.DoesNotContain(names, name => !Metrics.Contains($"`{name}`", StringComparison.Ordinal));
    }

    /// <summary>Some names are put together of two literals.</summary>
    [Fact]
    public void Every_metric_on_the_page_is_one()
    {
        var literals = Literal().Matches(Source).Select(match => match.Groups["text"].Value).ToHashSet();
        var names = Code().Matches(Metrics).Select(match => match.Groups["name"].Value).Distinct().ToList();
        Assert.True(names.Count > 80, $"only {names.Count} were found");
        Assert.DoesNotContain(names, name => !Enumerable.Range(1, name.Length).Any(at => IsPut(name[..at], name[at..])));

        bool IsPut(string first, string rest) => literals.Contains(first) && (rest.Length == 0 || literals.Contains(rest));
    }

    [Fact]
    public void Every_flag_and_every_detail_is_on_the_page()
    {
        var flags = Flag().Matches(Text("src/Proxy/ResponseFlags.cs")).Select(match => match.Groups["flag"].Value).ToList();
        Assert.True(flags.Count > 10, $"only {flags.Count} were found");
        Assert.DoesNotContain(flags, flag => !AccessLog.Contains($"\n| {flag} |", StringComparison.Ordinal));

        var table = Text("src/Proxy/FailureTable.cs");
        var details = Detail().Matches(table).Select(match => match.Groups["detail"].Value).ToList();
        var reasons = Reason().Matches(table).Select(match => "{" + match.Groups["reason"].Value.Replace(' ', '_') + "}").ToList();
        Assert.True(details.Count > 15 && reasons.Count > 5, $"only {details.Count} and {reasons.Count} were found");
        Assert.DoesNotContain(details.Concat(reasons), text => !AccessLog.Contains(text, StringComparison.Ordinal));
    }

    private static string Page(string name) => Text($"docs/seeing/{name}");

    private static string Text(string file) => string.Join('\n', Repository.Lines(file));

    [GeneratedRegex("""(?:\.(?:Counter|Gauge|Histogram)s?(?:<[^(]*>)?\(|Tcp\(registry,|Family\()\s*"(?<name>[a-z0-9_]+)",""")]
    private static partial Regex Registration();

    [GeneratedRegex("\"(?<text>[a-z0-9_]+)\"")]
    private static partial Regex Literal();

    [GeneratedRegex(
        "`(?<name>(?:mesh|istio|envoy_cluster|envoy_server|pilot|citadel|galley|sidecar_injection|dotnet|process)_[a-z0-9_]+)`"
    )]
    private static partial Regex Code();

    [GeneratedRegex("<summary>(?<flag>[A-Z]+): ")]
    private static partial Regex Flag();

    [GeneratedRegex("""\d+,\s*"(?<detail>[a-z_]+(?:\{[a-z_]+\})?)"\s*\);""")]
    private static partial Regex Detail();

    [GeneratedRegex("""Reset\(\s*Failure\.\w+,\s*\d+,\s*ResponseFlags\.\w+,\s*"(?<reason>[a-z ]+)",""")]
    private static partial Regex Reason();
}
