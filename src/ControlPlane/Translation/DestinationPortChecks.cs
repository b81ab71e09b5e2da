using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>
/// Finds destinations that name no port though their service has several, and lacks some that the rule serves: requests keep their port, and
/// there it is nobody's (A.2 of Istio's semantics, "destination port").
/// </summary>
internal static class DestinationPortChecks
{
    // A host without service is served at port 80.
    private const int BareHostPort = 80;

    public static void Check(
        RouteSet set,
        ImmutableArray<WrittenRule> written,
        ServiceCatalog catalog,
        MeshSettings settings,
        Findings findings
    )
    {
        // What a wildcard stands for differs by client.
        if (!set.InMesh || set.Hosts.Any(HostPattern.IsWildcard))
        {
            return;
        }

        ImmutableArray<int> served =
        [
            .. set.Hosts.SelectMany(host => PortsOf(host, set.Namespace, catalog) ?? [BareHostPort]).Distinct().Order(),
        ];
        foreach (var rule in written)
        {
            var matched = rule.Spec.Match.Select(match => match.Port).ToList();
            var asked =
                matched.Count > 0 && matched.TrueForAll(port => port is not null) ? [.. matched.OfType<int>().Intersect(served)] : served;
            for (var i = 0; i < rule.Spec.Route.Length; i++)
            {
                var destination = rule.Spec.Route[i].Destination;
                var host = HostNames.Resolve(destination.Host, rule.Owner.Key.Namespace, settings);
                if (destination.Port is not null || PortsOf(host, rule.Owner.Key.Namespace, catalog) is not { Length: > 1 } ports)
                {
                    continue;
                }

                var lacking = asked.Except(ports).ToList();
                if (lacking.Count > 0)
                {
                    findings.Add(
                        TranslationCodes.DestinationPortMissing,
                        rule.Owner,
                        rule.Path.Field("route").Index(i).Field("destination").Field("port"),
                        $"is not given, and {host} has several ports ({string.Join(", ", ports)}), so a request keeps its own; those to port"
                            + $" {string.Join(", ", lacking)} are answered 503; give port.number",
                        rule.Spec.Route[i].Location
                    );
                }
            }
        }
    }

    private static ImmutableArray<int>? PortsOf(string host, string clientNamespace, ServiceCatalog catalog) =>
        (catalog.Visible(host, clientNamespace) ?? catalog.Named(host).FirstOrDefault()) is { } service
            ? [.. service.Ports.Where(port => port.Protocol != PortProtocol.Udp).Select(port => port.Number).Distinct().Order()]
            : null;
}
