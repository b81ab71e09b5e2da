using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>What is asked for: all lists that are written must match, of each list one value.</summary>
public sealed record AuthorizationOperationSpec
{
    /// <summary>Where it is written.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Hosts of requests.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>None of these hosts.</summary>
    public ImmutableArray<string> NotHosts { get; init; } = [];

    /// <summary>Ports of the workload.</summary>
    public ImmutableArray<string> Ports { get; init; } = [];

    /// <summary>None of these ports.</summary>
    public ImmutableArray<string> NotPorts { get; init; } = [];

    /// <summary>Methods of requests; for gRPC always POST.</summary>
    public ImmutableArray<string> Methods { get; init; } = [];

    /// <summary>None of these methods.</summary>
    public ImmutableArray<string> NotMethods { get; init; } = [];

    /// <summary>Paths of requests, or templates with <c>{*}</c> and <c>{**}</c>.</summary>
    public ImmutableArray<string> Paths { get; init; } = [];

    /// <summary>None of these paths.</summary>
    public ImmutableArray<string> NotPaths { get; init; } = [];
}
