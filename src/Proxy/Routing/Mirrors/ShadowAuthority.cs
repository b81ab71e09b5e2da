namespace Mesh.Proxy.Routing.Mirrors;

/// <summary>The authority of a copy: <c>-shadow</c> behind the host, before a port (Envoy, request mirroring).</summary>
internal static class ShadowAuthority
{
    private const string Mark = "-shadow";

    public static string Of(string authority)
    {
        var colon = authority.LastIndexOf(':');
        // In brackets stand the colons of an IPv6 address.
        return colon < 0 || colon < authority.LastIndexOf(']') ? authority + Mark : authority.Insert(colon, Mark);
    }
}
