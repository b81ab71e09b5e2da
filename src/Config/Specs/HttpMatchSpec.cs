using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Conditions of one match block; all of them must hold.</summary>
public sealed record HttpMatchSpec
{
    /// <summary>Where the block begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Name for logs, joined to the rule's name.</summary>
    public string? Name { get; init; }

    /// <summary>Path without query.</summary>
    public StringMatchSpec? Uri { get; init; }

    /// <summary>Compares exact and prefix paths without regard to case; no effect on a regex.</summary>
    public bool IgnoreUriCase { get; init; }

    /// <summary>URI scheme.</summary>
    public StringMatchSpec? Scheme { get; init; }

    /// <summary>HTTP method.</summary>
    public StringMatchSpec? Method { get; init; }

    /// <summary>Host or :authority header.</summary>
    public StringMatchSpec? Authority { get; init; }

    /// <summary>Headers by lower-case name that must match.</summary>
    public ImmutableSortedDictionary<string, StringMatchSpec> Headers { get; init; } = StringMap.Empty<StringMatchSpec>();

    /// <summary>Headers by lower-case name that must not match.</summary>
    public ImmutableSortedDictionary<string, StringMatchSpec> WithoutHeaders { get; init; } = StringMap.Empty<StringMatchSpec>();

    /// <summary>Query parameters by name that must match.</summary>
    public ImmutableSortedDictionary<string, StringMatchSpec> QueryParams { get; init; } = StringMap.Empty<StringMatchSpec>();

    /// <summary>Port of the listener the request came to; decided when configuration is generated.</summary>
    public int? Port { get; init; }

    /// <summary>Labels the client's workload must have; decided when configuration is generated.</summary>
    public ImmutableSortedDictionary<string, string> SourceLabels { get; init; } = StringMap.Empty<string>();

    /// <summary>Namespace of the client's workload; decided when configuration is generated.</summary>
    public string? SourceNamespace { get; init; }

    /// <summary>Gateways the match is for; replaces those of the VirtualService.</summary>
    public ImmutableArray<string> Gateways { get; init; } = [];

    /// <summary>Prefix of the route's own statistics.</summary>
    public string? StatPrefix { get; init; }
}
