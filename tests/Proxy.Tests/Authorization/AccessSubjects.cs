using System.Net;
using System.Text.Json;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Security;
using Mesh.Proxy.Security.Authorization;
using Mesh.Proxy.Security.Tokens;

namespace Mesh.Proxy.Tests.Authorization;

/// <summary>Requests and connections as policies see them.</summary>
internal static class AccessSubjects
{
    public static AccessSubject Of(
        RequestHead? head,
        string? peer = null,
        string source = "10.0.0.9",
        string destination = "10.0.0.1",
        int port = 8080,
        string? serverName = null
    ) =>
        new(
            head,
            peer is null ? null : PeerIdentity.Parse(peer),
            new IPEndPoint(IPAddress.Parse(source), 40000),
            new IPEndPoint(IPAddress.Parse(destination), port),
            serverName
        );

    public static RequestHead Head(
        string method = "GET",
        string authority = "till.shop.svc",
        string target = "/",
        string? claims = null,
        params (string Name, string Value)[] headers
    )
    {
        var head = new RequestHead();
        Assert.True(head.Begin(HttpVersionKind.Http11, method, "http", authority, target));
        foreach (var (name, value) in headers)
        {
            Assert.True(head.AddHeader(name, value));
        }

        if (claims is not null)
        {
            using var json = JsonDocument.Parse(claims);
            head.Claims = new RequestClaims(json.RootElement);
        }

        return head;
    }
}
