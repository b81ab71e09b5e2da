using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>One outbound listener.</summary>
public sealed record SidecarEgressSpec
{
    /// <summary>Where it begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>The port; absent means every port of the visible services.</summary>
    public PortSpec? Port { get; init; }

    /// <summary>Address to listen on.</summary>
    public string? Bind { get; init; }

    /// <summary>How traffic reaches it.</summary>
    public CaptureMode CaptureMode { get; init; }

    /// <summary>`namespace/host`; namespace may be `*`, `.` or `~`.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];
}
