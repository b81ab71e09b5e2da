using System.Buffers;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.NormalForm;

namespace Mesh.Proxy.Http;

/// <summary>
/// Takes away what only proxies may say to each other where an application or an unverified client says it, and names the client that mutual TLS has
/// verified. In such a client's requests the proxy there has done so already.
/// </summary>
internal static class InternalHeaders
{
    private static ReadOnlySpan<byte> Certificate => "x-forwarded-client-cert"u8;

    /// <summary>False where the head has no room for the client's name.</summary>
    public static bool TryApply(RequestHead head, ConnectionTarget target, RequestForm form)
    {
        var verified = target is { Inbound: true, Peer: not null };
        // Envoy, APPEND_FORWARD: what proxies before have said stays, and only where this hop is verified too.
        var names = verified && form.NamesPeers;
        var isNamed = false;
        for (var i = head.HeaderCount - 1; i >= 0; i--)
        {
            var name = head.HeaderName(i);
            if (name.Length < 9 || name[0] != (byte)'x' || name[1] is not ((byte)'-' or (byte)'_'))
            {
                continue; // two bytes tell most headers apart
            }

            if (HeaderSpelling.IsSame(name, Certificate))
            {
                // In another spelling no proxy has written it.
                var isOurs = names && name.SequenceEqual(Certificate);
                isNamed |= isOurs;
                if (!isOurs)
                {
                    head.RemoveHeader(i);
                }
            }
            else if (!verified && HeaderSpelling.Begins(name, "x-envoy-"u8))
            {
                head.RemoveHeader(i);
            }
        }

        return !names || (isNamed ? TryAppend(head, target.ForwardedClient) : head.AddHeader(Certificate, target.ForwardedClient));
    }

    private static bool TryAppend(RequestHead head, ReadOnlySpan<byte> element)
    {
        head.TryGet(Certificate, out var before);
        var value = ArrayPool<byte>.Shared.Rent(before.Length + 1 + element.Length);
        try
        {
            before.CopyTo(value);
            value[before.Length] = (byte)',';
            element.CopyTo(value.AsSpan(before.Length + 1));
            var length = before.Length + 1 + element.Length;
            head.RemoveHeaders(Certificate);
            return head.AddHeader(Certificate, value.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(value);
        }
    }
}
