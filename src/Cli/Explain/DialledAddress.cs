using System.Net;

namespace Mesh.Cli.Explain;

/// <summary>The address that a client dials for a name, as its DNS would answer: a service's virtual IP.</summary>
internal static class DialledAddress
{
    /// <summary>Null where the name has no address that is known here.</summary>
    public static IPAddress? Of(ExplainSource source, string host, int port)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            return literal;
        }

        foreach (var name in Names(source, host))
        {
            var written = source.Files?.Snapshot.ServiceFor(source.Node.Namespace, name)?.Addresses.FirstOrDefault();
            if (IPAddress.TryParse(written, out var address))
            {
                return address;
            }

            // A proxy alone does not know addresses by name, but which of its listeners leads to the name.
            var listener = source.Config.Outbound.ByAddress.Values.FirstOrDefault(candidate =>
                candidate.Address.Port == port
                && (candidate.Chains?.Targets.Select(target => target.Tcp) ?? [candidate.Tcp]).Any(tcp =>
                    tcp?.Destinations.Any(to => to.Cluster?.ServiceHost == name) == true
                )
            );
            if (listener is not null)
            {
                return listener.Address.Address;
            }
        }

        return null;
    }

    /// <summary>What the search list of a pod makes of a name, in its order.</summary>
    public static IEnumerable<string> Names(ExplainSource source, string host)
    {
        var name = host.TrimEnd('.').ToLowerInvariant();
        var domain = source.Files?.Snapshot.Settings.DnsDomain ?? "cluster.local";
        return [name, $"{name}.{source.Node.Namespace}.svc.{domain}", $"{name}.svc.{domain}", $"{name}.{domain}"];
    }
}
