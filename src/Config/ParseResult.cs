using System.Collections.Immutable;
using Mesh.Config.Reading;

namespace Mesh.Config;

/// <summary>What one file says: objects that may take effect, keys of those refused, and everything worth telling the user.</summary>
/// <param name="Objects">Accepted objects in file order.</param>
/// <param name="Rejected">Keys of objects refused for errors of their own, whose last accepted version stays in force.</param>
/// <param name="Diagnostics">All problems in file order.</param>
/// <param name="HasUnreadable">
/// Some document's key could not be read (broken YAML, no name): objects last read from the file and not seen now are kept, not deleted.
/// </param>
public sealed record ParseResult(
    ImmutableArray<ConfigObject> Objects,
    ImmutableArray<ObjectKey> Rejected,
    ImmutableArray<Diagnostic> Diagnostics,
    bool HasUnreadable
)
{
    /// <summary>
    /// For refused objects that restrict traffic, what is in force where no accepted version is: each closes what its object is for
    /// (<see cref="Specs.ISecuritySpec"/>).
    /// </summary>
    public ImmutableArray<ConfigObject> StandIns { get; init; } = [];

    /// <summary>The documents by their text and place, so that the next reading of the file parses only those that changed.</summary>
    internal ImmutableDictionary<DocumentKey, ParseResult> Documents { get; init; } = ImmutableDictionary<DocumentKey, ParseResult>.Empty;
}
