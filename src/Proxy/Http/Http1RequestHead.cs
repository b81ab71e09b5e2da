using System.Buffers;
using System.Text;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Http;

/// <summary>Writes a request's head, as its plan changes it, for an HTTP/1.1 connection. The client's codec does not matter.</summary>
internal static class Http1RequestHead
{
    private const int FirstTargetBytes = 1024;

    /// <summary>False, with nothing of use written, where a rewrite made what no line can carry.</summary>
    /// <param name="webSocketKey">For a client whose protocol has none (RFC 8441 section 5); else null.</param>
    public static bool TryWrite(
        IBufferWriter<byte> output,
        RequestSession session,
        Http1BodyLength body,
        Http1Persistence persistence,
        string? webSocketKey = null
    )
    {
        var plan = session.Record.Plan;
        var head = session.Head;
        var writer = new Http1HeadWriter(output, session.RequestEdits);
        var authority = plan.AuthorityRewrite is { } rewrite ? Encoding.UTF8.GetBytes(rewrite) : head.Authority;
        if (plan.Forward?.PathRewrite is null)
        {
            if (!writer.TryRequest(head, head.OriginForm, authority, body, persistence))
            {
                return false;
            }
        }
        else
        {
            if (!TryWriteRewritten(ref writer, session, authority, body, persistence))
            {
                return false;
            }

            writer.Field("x-envoy-original-path"u8, head.OriginForm);
        }

        if (webSocketKey is not null)
        {
            writer.Field("sec-websocket-key"u8, Encoding.ASCII.GetBytes(webSocketKey));
        }

        writer.End();
        return true;
    }

    /// <summary>How a request without a body says so: methods that usually have one do it by a length (RFC 9110 section 8.6).</summary>
    public static Http1BodyLength LengthOfNothing(ReadOnlySpan<byte> method) =>
        method.SequenceEqual("GET"u8)
        || method.SequenceEqual("HEAD"u8)
        || method.SequenceEqual("OPTIONS"u8)
        || method.SequenceEqual("DELETE"u8)
        || method.SequenceEqual("TRACE"u8)
            ? Http1BodyLength.None
            : Http1BodyLength.Fixed(0);

    private static bool TryWriteRewritten(
        ref Http1HeadWriter writer,
        RequestSession session,
        ReadOnlySpan<byte> authority,
        Http1BodyLength body,
        Http1Persistence persistence
    )
    {
        var scratch = ArrayPool<byte>.Shared.Rent(FirstTargetBytes);
        try
        {
            // One byte is kept for the slash that every target has.
            int written;
            while (!session.Record.Plan.TryWriteTarget(session.Head, scratch.AsSpan(1), out written))
            {
                var larger = ArrayPool<byte>.Shared.Rent(scratch.Length * 2);
                ArrayPool<byte>.Shared.Return(scratch);
                scratch = larger;
            }

            scratch[0] = (byte)'/';
            var target = written > 0 && scratch[1] == (byte)'/' ? scratch.AsSpan(1, written) : scratch.AsSpan(0, written + 1);
            return writer.TryRequest(session.Head, target, authority, body, persistence);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }
}
