namespace Mesh.Cli.Explain;

/// <summary>A rule, or a whole object, that does not take the request.</summary>
/// <param name="Needs">The first condition that does not hold.</param>
/// <param name="Has">What the request or its client has there.</param>
internal sealed record ExplainedRejection(string Name, string Needs, string Has, Origin Origin);
