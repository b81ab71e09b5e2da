using System.Text;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>The name that the client asked for in its TLS handshake is as asked.</summary>
internal sealed class ServerNameCondition(ValueMatch match) : AccessCondition
{
    // RFC 1035 section 2.3.4: names have at most 255 octets.
    private const int MostBytes = 255;

    public override int Cost => 15;

    public override bool Holds(in AccessSubject subject)
    {
        Span<byte> name = stackalloc byte[MostBytes];
        return subject.ServerName is { Length: > 0 } asked
            && Encoding.UTF8.TryGetBytes(asked, name, out var written)
            && match.IsMatch(name[..written]);
    }

    public override string ToString() => $"the server name {match}";
}
