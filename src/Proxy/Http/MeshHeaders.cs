using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http;

/// <summary>Completes a request's head with what every request in the mesh carries, unless the client said it.</summary>
internal static class MeshHeaders
{
    private const int IdBytes = 36;

    /// <summary>False where the head has no room for them.</summary>
    public static bool TryComplete(RequestHead head)
    {
        // Istio: an id follows a request through the mesh; the first proxy makes it.
        if (!head.TryGet(KnownHeader.XRequestId, out _) && !TryAddId(head))
        {
            return false;
        }

        // The proxy that took the first connection says it; nobody may say anything else (Envoy, x-forwarded-proto).
        if (head.TryGet(KnownHeader.XForwardedProto, out var scheme))
        {
            if (scheme.SequenceEqual("http"u8) || scheme.SequenceEqual("https"u8))
            {
                return true;
            }

            head.RemoveHeaders("x-forwarded-proto"u8);
        }

        return head.AddHeader("x-forwarded-proto"u8, head.Scheme.SequenceEqual("https"u8) ? "https"u8 : "http"u8);
    }

    // A version 4 UUID. It names a request in logs and guards nothing, so the quick generator will do.
    private static bool TryAddId(RequestHead head)
    {
        Span<byte> random = stackalloc byte[16];
        Random.Shared.NextBytes(random);
        random[7] = (byte)((random[7] & 0x0F) | 0x40);
        random[8] = (byte)((random[8] & 0x3F) | 0x80);
        Span<byte> text = stackalloc byte[IdBytes];
        new Guid(random).TryFormat(text, out var written);
        return head.AddHeader("x-request-id"u8, text[..written]);
    }
}
