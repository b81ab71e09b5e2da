namespace Mesh.Cli.Explain;

/// <summary>A rule, by the name the access log gives it.</summary>
/// <param name="Conditions">What it takes, in words.</param>
internal sealed record ExplainedRule(string Name, string Conditions, Origin Origin);
