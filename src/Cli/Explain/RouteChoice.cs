using System.Net;
using Mesh.Proxy;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Routing;

namespace Mesh.Cli.Explain;

/// <summary>Where a client's connection arrives: the listener, and the routes that its requests are looked up in.</summary>
internal sealed record RouteChoice(ListenerConfig? Listener, RouteTable? Table, string Why)
{
    /// <param name="destination">Address of the host that is dialled; null where it has none that is known.</param>
    public static RouteChoice Of(ExplainSource source, ExplainedRequest request, IPAddress? destination, RequestHead head)
    {
        var outbound = source.Config.Outbound;
        var target = new IPEndPoint(destination ?? IPAddress.None, request.Port);
        if (outbound.Bound.FirstOrDefault(listener => listener.Address.Equals(target)) is { } own)
        {
            return new(own, own.Http, "the proxy's own socket at this address");
        }

        if (source.Capture == CaptureMode.None && request.Scheme == "http")
        {
            var host = outbound.ByAuthority?.FindHost(head);
            var listener = outbound.ByPort.Values.FirstOrDefault(candidate => Has(candidate, host));
            return new(listener, outbound.ByAuthority, "sent to the proxy's outbound port, found by the authority");
        }

        var found = outbound.Find(target);
        var why =
            found is null ? "nothing takes this address"
            : ReferenceEquals(found, outbound.Default) ? $"no other listener takes {Said(destination)}:{request.Port}"
            : outbound.ByAddress.ContainsKey(target) ? $"captured on the way to {target}"
            : $"captured on the way to port {request.Port}";
        return new(found, found?.Http, why);
    }

    private static bool Has(ListenerConfig listener, VirtualHost? host) =>
        host is not null && listener.Http?.VirtualHosts.Any(candidate => ReferenceEquals(candidate, host)) == true;

    private static string Said(IPAddress? destination) => destination?.ToString() ?? "an unknown address";
}
