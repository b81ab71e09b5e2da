using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.ControlPlane.Model;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The keys of consistent balancers, which routes carry though the destinations' rules write them.</summary>
internal static class HashPolicyGenerator
{
    // What gRPC libraries know instead of the client's address: the channel, which is one client too (gRFC A42).
    private const string GrpcChannel = "io.grpc.channel_id";

    /// <summary>Adds the keys of every destination that may take the route's requests.</summary>
    /// <param name="port">The port of destinations that name none.</param>
    public static void Generate(Pb.RouteAction? action, RuleAction rule, int port, Client client)
    {
        if (action is not null && rule is RuleAction.Forward forward)
        {
            Generate(
                action,
                forward.Destinations.Select(destination => client.HashOf(destination, port)),
                forward.Retries?.IgnorePreviousHosts ?? false
            );
        }
    }

    /// <summary>The same for a service without rules.</summary>
    public static void Generate(Pb.RouteAction action, PortService entry) =>
        Generate(action, [Client.HashOf(entry.Service, "", entry.Port.Number)], elsewhere: false);

    /// <summary>What gRPC libraries understand of it: headers and the channel; see <see cref="IsForGrpc"/>.</summary>
    public static void ForGrpc(Pb.RouteAction action, RuleAction? rule, VisibleService? plain, int port, Client client)
    {
        var hashes =
            rule is RuleAction.Forward forward ? forward.Destinations.Select(destination => client.HashOf(destination, port))
            : plain is not null ? [Client.HashOf(plain, "", port)]
            : [];
        Add(
            action,
            hashes
                .Where(IsForGrpc)
                .Select(hash =>
                    hash!.Header is { } header
                        ? new Pb.RouteAction.Types.HashPolicy { Header = new() { HeaderName = header } }
                        : new() { FilterState = new() { Key = GrpcChannel } }
                )
        );
    }

    /// <summary>Cookies and query parameters do not exist in gRPC.</summary>
    public static bool IsForGrpc(ConsistentHash? hash) => hash is { Header: not null } or { SourceIp: true };

    public static ImmutableArray<Pb.HashPolicy> ForTcp(IEnumerable<ConsistentHash?> hashes) =>
        hashes.Any(hash => hash is { SourceIp: true }) ? [new Pb.HashPolicy { SourceIp = new() }] : [];

    /// <param name="elsewhere">The rule says that a retry goes to another endpoint.</param>
    private static void Generate(Pb.RouteAction action, IEnumerable<ConsistentHash?> hashes, bool elsewhere)
    {
        Add(action, hashes.OfType<ConsistentHash>().Select(Policy));
        if (!elsewhere && action.HashPolicy.Count > 0 && action.ClusterSpecifierCase == Pb.RouteAction.ClusterSpecifierOneofCase.Cluster)
        {
            // Istio: unless the rule says otherwise, a retry of a request that belongs to one endpoint goes to that endpoint.
            action.RetryPolicy?.RetryHostPredicate.Clear();
        }
    }

    private static void Add(Pb.RouteAction action, IEnumerable<Pb.RouteAction.Types.HashPolicy> policies)
    {
        var seen = new HashSet<ByteString>();
        action.HashPolicy.AddRange(policies.Where(policy => seen.Add(policy.ToByteString())));
    }

    private static Pb.RouteAction.Types.HashPolicy Policy(ConsistentHash hash)
    {
        if (hash.Header is { } header)
        {
            return new() { Header = new() { HeaderName = header } };
        }

        if (hash.QueryParameter is { } parameter)
        {
            return new() { QueryParameter = new() { Name = parameter } };
        }

        if (hash.Cookie is not { } cookie)
        {
            return new() { ConnectionProperties = new() { SourceIp = true } };
        }

        var policy = new Pb.RouteAction.Types.HashPolicy
        {
            Cookie = new()
            {
                Name = cookie.Name,
                Path = cookie.Path ?? "",
                Ttl = cookie.Ttl is { } ttl ? XdsMessages.Duration(ttl) : null,
            },
        };
        policy.Cookie.Attributes.AddRange(
            cookie.Attributes.Select(attribute => new Pb.RouteAction.Types.HashPolicy.Types.CookieAttribute
            {
                Name = attribute.Key,
                Value = attribute.Value,
            })
        );
        return policy;
    }
}
