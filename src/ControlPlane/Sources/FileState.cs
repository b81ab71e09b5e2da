using System.Collections.Immutable;
using Mesh.Config;

namespace Mesh.ControlPlane.Sources;

/// <summary>What is known of one file and which of its objects are in force.</summary>
/// <param name="Hash">Of the bytes last read; empty if they never were.</param>
/// <param name="InForce">Accepted objects and kept versions of broken ones, in file order.</param>
/// <param name="Diagnostics">What the file itself shows.</param>
internal sealed record FileState(
    FileEntry Entry,
    ImmutableArray<byte> Hash,
    ImmutableArray<ConfigObject> InForce,
    ImmutableArray<Diagnostic> Diagnostics
)
{
    /// <summary>What was last read, for parsing only what changes in the file; null if it never was.</summary>
    public ParseResult? Parsed { get; init; }
}
