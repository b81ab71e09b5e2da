using System.Collections.Immutable;
using Mesh.Config.Reading;

namespace Mesh.Config;

/// <summary>A kind that has a reader, as an API server names it: what a source has to follow.</summary>
/// <param name="Group">Empty for the core group.</param>
/// <param name="Versions">Those that are read, the one to prefer first.</param>
/// <param name="IsMeshKind">Its definition may be absent from a cluster, its objects are strict, and we write their status.</param>
public sealed record KnownKind(string Group, string Kind, ImmutableArray<string> Versions, bool IsNamespaced, bool IsMeshKind)
{
    /// <summary>All of them.</summary>
    public static ImmutableArray<KnownKind> All { get; } =
    [
        .. KindCatalog.All.Select(reader => new KnownKind(
            reader.Group,
            reader.Kind,
            [.. reader.Versions],
            reader.IsNamespaced,
            reader.IsStrict
        )),
    ];

    /// <summary>As in URLs: <c>virtualservices</c>.</summary>
    public string Plural
    {
        get
        {
            var name = Kind.ToLowerInvariant();
            return name[^1] == 'y' && name[^2] is not ('a' or 'e' or 'o') ? name[..^1] + "ies" : name + "s";
        }
    }
}
