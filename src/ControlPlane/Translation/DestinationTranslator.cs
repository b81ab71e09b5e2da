using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Resolves where a rule sends traffic: host, subset and port, or the reason why there is nothing.</summary>
internal sealed class DestinationTranslator(ServiceCatalog catalog, MeshSnapshot policies, MeshSettings settings, Findings findings)
{
    /// <summary>What to dial. A missing piece keeps the share of the traffic and makes it fail with the reason.</summary>
    /// <param name="consequence">What a missing piece comes to.</param>
    public (string Host, int Port, string? Missing) Resolve(
        ConfigObject owner,
        DestinationSpec destination,
        FieldPath path,
        SourceLocation location,
        string consequence = "its share of the requests is answered 503"
    )
    {
        var host = HostNames.Resolve(destination.Host, owner.Key.Namespace, settings);
        var candidates = catalog.Named(host);
        if (candidates.IsEmpty)
        {
            var reason = $"no service {host}";
            findings.Add(
                TranslationCodes.UnknownDestinationHost,
                owner,
                path.Field("host"),
                $"'{destination.Host}' means {host}, which is no known service{Hint(destination.Host, catalog, settings)};"
                    + $" {consequence}; write the name of a Service or a host of a ServiceEntry",
                location
            );
            return (host, destination.Port ?? 0, reason);
        }

        var visible = catalog.Visible(host, owner.Key.Namespace);
        if (visible is null)
        {
            findings.Add(
                TranslationCodes.DestinationNotVisible,
                owner,
                path.Field("host"),
                $"{host} of {candidates[0].Source} is not exported to namespace {owner.Key.Namespace}; clients that cannot see it get 503;"
                    + $" add the namespace to its exportTo",
                location
            );
        }

        var service = visible ?? candidates[0];
        var (port, missing) = PortOf(owner, destination, service, path, location, consequence);
        if (destination.Subset is { Length: > 0 } subset)
        {
            missing ??= CheckSubset(owner, service, subset, path.Field("subset"), location, consequence);
        }

        return (host, port, missing);
    }

    /// <summary>A guess at the service that was meant: <c>name.namespace</c> is not resolved, though it often is what people write.</summary>
    public static string Hint(string written, ServiceCatalog catalog, MeshSettings settings)
    {
        var name = HostNames.Normalise(written);
        var full = name.EndsWith(".svc", StringComparison.Ordinal) ? $"{name}.{settings.DnsDomain}" : $"{name}.svc.{settings.DnsDomain}";
        if (!catalog.Named(full).IsEmpty)
        {
            return $" (hint: did you mean {full}?)";
        }

        var first = name.Split('.')[0];
        var others = catalog
            .Services.Where(service =>
                service.Origin == ServiceOrigin.Kubernetes
                && service.Host.Length > first.Length
                && service.Host[first.Length] == '.'
                && service.Host.StartsWith(first, StringComparison.Ordinal)
            )
            .Select(service => service.Host)
            .Take(2)
            .ToList();
        return others.Count == 1 ? $" (hint: did you mean {others[0]}?)" : "";
    }

    // A.2 "destination port": explicit, else the only port of the service, else the port the request came to (0).
    private (int Port, string? Missing) PortOf(
        ConfigObject owner,
        DestinationSpec destination,
        Service service,
        FieldPath path,
        SourceLocation location,
        string consequence
    )
    {
        ImmutableArray<ServicePort> ports = [.. service.Ports.Where(port => port.Protocol != PortProtocol.Udp)];
        if (destination.Port is not { } wanted)
        {
            return (ports.Length == 1 ? ports[0].Number : 0, null);
        }

        if (ports.Any(port => port.Number == wanted))
        {
            return (wanted, null);
        }

        findings.Add(
            TranslationCodes.UnknownDestinationPort,
            owner,
            path.Field("port").Field("number"),
            $"{service.Host} has no port {wanted}{Listed(ports.Select(port => port.Number.ToString()))}; {consequence};"
                + " use one of the service's ports (not the container's)",
            location
        );
        return (wanted, $"no port {wanted} of {service.Host}");
    }

    // Which rule a client gets depends on its namespace; a subset is missing only where no rule at all could give it.
    private string? CheckSubset(
        ConfigObject owner,
        Service service,
        string subset,
        FieldPath path,
        SourceLocation location,
        string consequence
    )
    {
        var own = policies.PolicyFor(owner.Key.Namespace, Labels.Empty, service);
        if (own?.SubsetNamed(subset) is not null)
        {
            return null;
        }

        var elsewhere = policies.Policies.FirstOrDefault(policy =>
            HostPattern.Covers(policy.Host, service.Host) && policy.SubsetNamed(subset) is not null
        );
        if (elsewhere is null)
        {
            findings.Add(
                TranslationCodes.UnknownDestinationSubset,
                owner,
                path,
                $"no DestinationRule of {service.Host} defines subset '{subset}'{Listed(own?.Subsets.Select(entry => entry.Name) ?? [])}; {consequence};"
                    + " define the subset or correct the name",
                location
            );
            return $"no subset {subset} of {service.Host}";
        }

        // A rule for some workloads only may well be meant.
        if (elsewhere.WorkloadSelector.Values.IsEmpty)
        {
            var instead = own is null ? "" : $", for whom {own.Source} counts";
            findings.Add(
                TranslationCodes.SubsetNotVisible,
                owner,
                path,
                $"subset '{subset}' is defined by {elsewhere.Source}, which does not count for clients of namespace {owner.Key.Namespace}{instead};"
                    + $" for them {consequence}; define the subset there, or export the rule from the service's namespace",
                location
            );
        }

        return null;
    }

    private static string Listed(IEnumerable<string> names)
    {
        var list = string.Join(", ", names.Take(10));
        return list.Length == 0 ? "" : $" (known: {list})";
    }
}
