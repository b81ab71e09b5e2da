using System.Collections.Immutable;
using Mesh.Proxy.Security.Tls;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Configuration;

/// <summary>
/// A compiled <see cref="TransportPlan"/>. What is equal to the configuration's before is that very object, so that pools find their connections by
/// reference.
/// </summary>
internal sealed class Transports
{
    private readonly ImmutableArray<(EndpointLabels Labels, TransportSettings Settings)> _matches;

    private Transports(TransportSettings rest, ImmutableArray<(EndpointLabels, TransportSettings)> matches)
    {
        Rest = rest;
        _matches = matches;
    }

    /// <summary>Where nothing matches.</summary>
    public TransportSettings Rest { get; }

    /// <param name="heir">The cluster of the configuration before.</param>
    public static Transports Compile(TransportPlan plan, CompileContext context, Cluster? heir)
    {
        var known = heir is null ? [] : heir.Endpoints.Select(endpoint => endpoint.Transport).Append(heir.Transport).Distinct().ToArray();
        var rest = Settings(plan.Tls);
        return new(
            rest,
            [
                .. plan
                    // A proxy without identity has none to show: automatic mutual TLS is not for it.
                    .Matches.Where(match => match.Tls is not { OwnIdentity: true } || context.Identity is not null)
                    .Select(match => (match.Labels, Settings(match.Tls))),
            ]
        );

        TransportSettings Settings(TlsClientSettings? tls)
        {
            if (tls is null && plan.Keepalive is null)
            {
                return TransportSettings.Plain;
            }

            var made = new TransportSettings(plan.Keepalive, tls is null ? null : new TlsClient(tls, context.Identity, context.Time));
            return Array.Find(known, settings => settings == made) ?? made;
        }
    }

    public TransportSettings For(EndpointLabels labels)
    {
        foreach (var (wanted, settings) in _matches)
        {
            if (labels.Satisfy(wanted))
            {
                return settings;
            }
        }

        return Rest;
    }
}
