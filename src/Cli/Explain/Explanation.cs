using System.Collections.Immutable;

namespace Mesh.Cli.Explain;

/// <summary>
/// What happens to one request, and why. Its JSON is what <c>meshctl explain -o json</c> prints and stays as it is: fields are added, never
/// renamed or removed. A field that has nothing to say is null or an empty list.
/// </summary>
internal sealed record Explanation
{
    public required ExplainedRequest Request { get; init; }

    /// <summary><c>NAMESPACE/POD</c> of the client.</summary>
    public required string From { get; init; }

    /// <summary><c>NAMESPACE/POD</c> where it arrives, and whose proxy is asked; null where the client's is.</summary>
    public string? To { get; init; }

    /// <summary><c>none</c> or <c>redirect</c>: how the client's connections reach its proxy.</summary>
    public required string Capture { get; init; }

    public ExplainedListener? Listener { get; init; }

    /// <summary>Name of the virtual host; null for connections, and where no domain takes the authority.</summary>
    public string? VirtualHost { get; init; }

    public ImmutableArray<string> Domains { get; init; } = [];

    /// <summary>The rule that takes the request.</summary>
    public ExplainedRule? Rule { get; init; }

    /// <summary>What is done with it, in words.</summary>
    public required string Action { get; init; }

    /// <summary>What goes wrong with it for certain; null where nothing does.</summary>
    public ExplainedFailure? Failure { get; init; }

    public ImmutableArray<ExplainedDestination> Destinations { get; init; } = [];

    /// <summary>What the rule sets beside its destinations.</summary>
    public ImmutableArray<Setting> Settings { get; init; } = [];

    /// <summary>What the proxy asks of the request, or connection, before it is passed on; only where it arrives.</summary>
    public ImmutableArray<Setting> Policies { get; init; } = [];

    /// <summary>What comes of asking <see cref="Policies"/>, in words; null where they are not asked.</summary>
    public string? Verdict { get; init; }

    /// <summary>The same where the request goes to, destination by destination; only known from files.</summary>
    public ImmutableArray<ExplainedArrival> Arrivals { get; init; } = [];

    /// <summary>The rules before it, each with the first condition that does not hold.</summary>
    public ImmutableArray<ExplainedRejection> Rejected { get; init; } = [];

    /// <summary>The rules behind it, which are not asked any more.</summary>
    public ImmutableArray<ExplainedRule> NotAsked { get; init; } = [];

    /// <summary>VirtualServices for this host that do not count for this client; only known from files.</summary>
    public ImmutableArray<ExplainedRejection> Overruled { get; init; } = [];

    /// <summary>Errors and warnings about the objects that take part; only known from files.</summary>
    public ImmutableArray<string> Remarks { get; init; } = [];
}
