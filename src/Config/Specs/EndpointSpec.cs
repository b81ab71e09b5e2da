using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>One endpoint of a slice.</summary>
public sealed record EndpointSpec
{
    /// <summary>Its addresses; all mean the same endpoint.</summary>
    public ImmutableArray<string> Addresses { get; init; } = [];

    /// <summary>Takes new traffic; absent means yes.</summary>
    public bool? Ready { get; init; }

    /// <summary>Answers, even if terminating; absent means as Ready.</summary>
    public bool? Serving { get; init; }

    /// <summary>Being shut down; absent means no.</summary>
    public bool? Terminating { get; init; }

    /// <summary>Its host name within the service.</summary>
    public string? Hostname { get; init; }

    /// <summary>Kind of the object behind it, usually Pod.</summary>
    public string? TargetKind { get; init; }

    /// <summary>Name of the object behind it.</summary>
    public string? TargetName { get; init; }

    /// <summary>Namespace of the object behind it.</summary>
    public string? TargetNamespace { get; init; }

    /// <summary>Its node.</summary>
    public string? NodeName { get; init; }

    /// <summary>Its zone.</summary>
    public string? Zone { get; init; }
}
