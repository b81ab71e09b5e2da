using System.Collections.Immutable;

namespace Mesh.Config.Reading;

/// <summary>What is kept of an object's metadata besides its key.</summary>
internal sealed record ObjectMetadata(
    ImmutableSortedDictionary<string, string> Labels,
    ImmutableSortedDictionary<string, string> Annotations,
    DateTimeOffset? CreationTimestamp,
    DateTimeOffset? DeletionTimestamp,
    string? ResourceVersion,
    long Generation
);
