namespace Mesh.Cli.Explain;

/// <summary>What the client gets instead, as <c>FailureTable</c> has it.</summary>
internal sealed record ExplainedFailure(string Flag, int Status, string Reason);
