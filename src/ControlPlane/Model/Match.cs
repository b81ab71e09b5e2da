using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>All of these must hold. The first group is decided per request, the second when configuration is generated for a node.</summary>
internal sealed record Match(
    string Name,
    StringMatch? Path,
    bool IgnorePathCase,
    StringMatch? Method,
    StringMatch? Scheme,
    StringMatch? Authority,
    ImmutableArray<NamedMatch> Headers,
    ImmutableArray<NamedMatch> WithoutHeaders,
    ImmutableArray<NamedMatch> QueryParameters,
    int? Port,
    Labels SourceLabels,
    string? SourceNamespace,
    ImmutableArray<string> Gateways,
    string? StatPrefix
);
