namespace Mesh.Cli.Demo;

/// <summary>One networking file and the shares of traffic, in per cent, that it should lead to.</summary>
internal sealed record DemoStep(string Name, string Yaml, IReadOnlyDictionary<string, double> Expected)
{
    /// <summary>The annotation that carries the expectation: <c>v1=80 v2=20 v3=0</c>.</summary>
    public const string ExpectedAnnotation = "bookinfo.mesh/expected";

    private const double Tolerance = 3;

    public bool Accepts(ShareCount count, int failures) =>
        failures == 0 && Expected.All(pair => Math.Abs(count.PercentOf(pair.Key) - pair.Value) <= Tolerance);

    /// <summary>The line that <c>make demo</c> prints for scripts and people.</summary>
    public string Report(ShareCount count, int failures) =>
        $"step {Name} expected {string.Join(' ', Expected.Select(pair => $"{pair.Key}={pair.Value:0}"))} "
        + $"observed {string.Join(' ', Expected.Select(pair => $"{pair.Key}={count.PercentOf(pair.Key):0.0}"))} "
        + $"failures={failures} {(Accepts(count, failures) ? "ok" : "FAIL")}";
}
