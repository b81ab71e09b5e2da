using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Upstream.Balancing;

namespace Mesh.Proxy.Routing;

/// <summary>What of a request decides its endpoint under a consistent balancer: the terms in order, as Envoy's RouteAction.hash_policy.</summary>
internal sealed class HashPolicy(ImmutableArray<HashTerm> terms)
{
    public ImmutableArray<HashTerm> Terms { get; } = terms;

    /// <summary>The hash of one request; the default where none of the terms finds anything. Allocates only where a cookie is made.</summary>
    /// <param name="remote">The client, as the connection shows it.</param>
    /// <param name="local">Where the client's connection arrived.</param>
    /// <param name="cookies">Set-Cookie for the response, with the cookies that the request lacked.</param>
    public RequestHash Compute(RequestHead head, IPEndPoint remote, IPEndPoint local, out HeaderEdits cookies)
    {
        cookies = HeaderEdits.None;
        var hash = default(RequestHash);
        foreach (var term in Terms)
        {
            if (term.TryHash(head, remote, out var part))
            {
                hash = hash.With(part);
            }
            else if (term.MakesCookie)
            {
                // The first request of a client: everything after brings the cookie back.
                var value = HashTerm.CookieValue(remote, local);
                hash = hash.With(HashTerm.Of(value));
                cookies = new HeaderEdits(cookies.Edits.Add(new HeaderEdit(HeaderEditKind.Add, "set-cookie", term.SetCookie(value))));
            }

            if (term.Terminal && hash.HasValue)
            {
                break;
            }
        }

        return hash;
    }
}
