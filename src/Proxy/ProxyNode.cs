using System.Net;

namespace Mesh.Proxy;

/// <summary>A proxy's identity towards the control plane: <c>type~IP~POD.NS~DOMAIN</c>.</summary>
internal sealed record ProxyNode(string Id, string Type, IPAddress Address, string Pod, string Namespace, string Domain)
{
    /// <summary>Null with a reason where the text is not a node id.</summary>
    public static ProxyNode? Parse(string id, out string? error)
    {
        var parts = id.Split('~');
        var dot = parts.Length == 4 ? parts[2].LastIndexOf('.') : -1;
        if (
            parts.Length != 4
            || parts[0] != "sidecar"
            || dot <= 0
            || dot == parts[2].Length - 1
            || !IPAddress.TryParse(parts[1], out var address)
        )
        {
            error = $"'{id}' is not a node id; write sidecar~IP~POD.NAMESPACE~NAMESPACE.svc.cluster.local";
            return null;
        }

        error = null;
        return new ProxyNode(id, parts[0], address, parts[2][..dot], parts[2][(dot + 1)..], parts[3]);
    }
}
