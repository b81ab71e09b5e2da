using System.Buffers;
using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http;

/// <summary>Writes a request's head, as its plan changes it, to the message that .NET's HTTP client sends. The client's codec does not matter.</summary>
internal static class UpstreamMessage
{
    private const int FirstTargetBytes = 1024;

    /// <param name="message">With its content, where there is a body.</param>
    /// <param name="prefix"><c>http://address:port</c> of the picked endpoint.</param>
    /// <param name="http2">The version that is spoken to the endpoint.</param>
    public static void Fill(HttpRequestMessage message, RequestSession session, string prefix, bool http2)
    {
        var head = session.Head;
        var plan = session.Record.Plan;
        for (var i = 0; i < head.HeaderCount; i++)
        {
            var name = head.HeaderName(i);
            if (head.HeaderId(i) != KnownHeader.Host && !HopByHopFields.Contains(name))
            {
                UpstreamHeaders.Add(message, Text(name), Text(head.HeaderValue(i)));
            }
        }

        // gRPC's way of asking for trailers; HTTP/2 allows this one value (RFC 9113 8.2.2).
        if (http2 && head.TryGet(KnownHeader.Te, out var te) && Text(te).Contains("trailers", StringComparison.OrdinalIgnoreCase))
        {
            message.Headers.TryAddWithoutValidation("te", "trailers");
        }

        message.Headers.Host = plan.AuthorityRewrite is { } rewrite ? WireText.Of(rewrite) : Text(head.Authority);
        UpstreamHeaders.Apply(message, session.RequestEdits);
        message.RequestUri = new Uri(prefix + Target(message, head, plan), TrafficDefaults.RawPath);
    }

    private static string Target(HttpRequestMessage message, RequestHead head, RoutePlan plan)
    {
        if (plan.Forward?.PathRewrite is null)
        {
            return Text(head.OriginForm);
        }

        message.Headers.TryAddWithoutValidation("x-envoy-original-path", Text(head.OriginForm));
        for (var size = Math.Max(FirstTargetBytes, head.OriginForm.Length * 2); ; size *= 2)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                if (plan.TryWriteTarget(head, buffer, out var written))
                {
                    var target = Text(buffer.AsSpan(0, written));
                    return target.StartsWith('/') ? target : "/" + target;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    // Header strings stand for bytes here.
    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
