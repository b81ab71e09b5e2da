using System.Collections.Immutable;
using Mesh.Config.Specs;

namespace Mesh.Config;

/// <summary>One accepted object of a source: identity, metadata and typed spec, immutable.</summary>
/// <remarks>Ask for a kind by type: <c>objects.OfType&lt;ConfigObject&lt;VirtualServiceSpec&gt;&gt;()</c>.</remarks>
public abstract record ConfigObject
{
    /// <summary>API group and version as written, such as <c>networking.istio.io/v1</c>.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>Identity.</summary>
    public required ObjectKey Key { get; init; }

    /// <summary>Labels.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = StringMap.Empty<string>();

    /// <summary>Annotations.</summary>
    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = StringMap.Empty<string>();

    /// <summary>When the object was made; absent in files that were never applied.</summary>
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>When deletion was asked for; present on objects that are being deleted.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    /// <summary>Version of the object in its source, opaque.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Number of the spec's version in Kubernetes; 0 in files that were never applied.</summary>
    public long Generation { get; init; }

    /// <summary>Where the object begins in the user's file.</summary>
    public required SourceLocation Location { get; init; }

    /// <summary>The typed spec.</summary>
    public abstract IObjectSpec Spec { get; }
}
