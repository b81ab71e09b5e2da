using Mesh.Metrics;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Security;

namespace Mesh.Proxy.Admin;

/// <summary>What the admin pages show and what they may set going.</summary>
internal sealed record AdminSources
{
    public required ProxyOptions Options { get; init; }

    public required ConfigStore Store { get; init; }

    public required MetricRegistry Metrics { get; init; }

    public required LogLevelSwitch LogLevel { get; init; }

    public required TimeProvider Time { get; init; }

    public required Func<DiscoveryStatus> Discovery { get; init; }

    public required IdentityStore Identity { get; init; }

    public required Func<bool> Draining { get; init; }

    /// <summary>Starts the drain and returns at once.</summary>
    public required Action Drain { get; init; }

    /// <summary>Asks the process to end and returns at once.</summary>
    public required Action Quit { get; init; }

    /// <summary><c>LIVE</c>, <c>PRE_INITIALIZING</c> or <c>DRAINING</c>, as Envoy calls them.</summary>
    public string State =>
        Draining() ? "DRAINING"
        : Store.Current is null ? "PRE_INITIALIZING"
        : "LIVE";
}
