using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.Cli.Explain;

/// <summary>The VirtualServices that name a host and have no say in what this client's requests to it meet, each with the reason.</summary>
internal static class Overruled
{
    /// <param name="host">Full name of the host that is dialled.</param>
    /// <param name="inForce">The one that has a say; null for none.</param>
    public static ImmutableArray<ExplainedRejection> Of(ExplainSource source, string host, RouteSet? inForce)
    {
        if (source.Files is not { Snapshot: var snapshot })
        {
            return [];
        }

        var client = source.Node.Namespace;
        return
        [
            .. snapshot
                .Routes.Where(set => !ReferenceEquals(set, inForce) && set.Hosts.Any(own => HostPattern.Covers(own, host)))
                .Select(set =>
                {
                    var (needs, has) =
                        !set.InMesh ? ($"gateway {string.Join(" or ", set.Gateways)}", "a sidecar (gateway mesh)")
                        : !set.Visibility.Allows(client)
                            ? (
                                $"namespace {(set.Visibility.Namespaces.IsEmpty ? "(exported to nobody)" : string.Join(" or ", set.Visibility.Namespaces))}",
                                $"namespace {client}"
                            )
                        : inForce is null ? ("a Sidecar that imports its host", "one that does not")
                        : ("to be more specific or older", $"{inForce.Source} comes first");
                    var source = set.Source;
                    return new ExplainedRejection(
                        $"{set.Namespace}/{set.Name}",
                        needs,
                        has,
                        new($"{source.Kind} {source.Namespace}/{source.Name}", "spec.hosts", source.File, source.Line)
                    );
                }),
        ];
    }
}
