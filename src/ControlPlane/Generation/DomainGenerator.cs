using System.Collections.Immutable;
using System.Net;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>The names under which clients of one namespace may dial a service.</summary>
internal static class DomainGenerator
{
    /// <summary>The service's own name; it beats every derived spelling of another service.</summary>
    public static IEnumerable<string> Own(string host, int port) => WithPort(host, port);

    /// <summary>Short forms, aliases, addresses, and the pods of headless services.</summary>
    public static IEnumerable<string> Derived(ServiceShape service, int port, Client client)
    {
        var names = Names(service, client).ToImmutableArray();
        var pods = service.Resolution == ServiceResolution.Headless && !HostPattern.IsWildcard(service.Host);
        return names
            .Skip(1)
            .Concat(service.Addresses.Where(address => IPAddress.TryParse(address, out _)).Select(Bracketed))
            .Concat(pods ? names.Select(name => "*." + name) : [])
            .SelectMany(name => WithPort(name, port));
    }

    /// <summary>
    /// The full name first, then its aliases, then <c>name.ns.svc</c>, <c>name.ns</c> and, from the service's own namespace, <c>name</c>.
    /// </summary>
    public static IEnumerable<string> Names(ServiceShape service, Client client)
    {
        yield return service.Host;

        foreach (var alias in service.Aliases)
        {
            yield return alias;
        }

        var suffix = "." + service.Namespace + ".svc." + client.Settings.DnsDomain;
        if (service.Origin != ServiceOrigin.Kubernetes || !service.Host.EndsWith(suffix, StringComparison.Ordinal))
        {
            yield break;
        }

        var name = service.Host[..^suffix.Length];
        yield return name + "." + service.Namespace + ".svc";
        yield return name + "." + service.Namespace;
        if (string.Equals(service.Namespace, client.Namespace, StringComparison.Ordinal))
        {
            yield return name;
        }
    }

    private static IEnumerable<string> WithPort(string name, int port) => name == "*" ? ["*"] : [name, $"{name}:{port}"];

    // An IPv6 address stands in brackets in a Host header.
    private static string Bracketed(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
}
