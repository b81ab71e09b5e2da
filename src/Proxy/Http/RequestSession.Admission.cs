using System.Text;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Security.Tokens;

namespace Mesh.Proxy.Http;

// What happens to a request before anything is decided about it: one form for all readers, no borrowed authority, a verified token or none.
internal sealed partial class RequestSession
{
    /// <summary>False where the request was refused.</summary>
    private bool TryAdmit(ChainSecurity security)
    {
        // Of HTTP/1.1 the parser has checked it. Without one the upstream would be told one that nobody has asked for.
        if (Head.Version == HttpVersionKind.Http2 && !HostSyntax.IsValid(Head.Authority))
        {
            Refuse(400, "The authority is missing, or no host name or address with an optional port.");
            return false;
        }

        if (!MethodCase.IsSound(Head.Method))
        {
            Refuse(400, "The method is a known one in another case, and methods have a case.");
            return false;
        }

        if (!Head.TryNormalizePath(security.Form.Path))
        {
            Refuse(400, "The path escapes what may not be escaped in it.");
            return false;
        }

        if (!InternalHeaders.TryApply(Head, Target, security.Form))
        {
            Fail(Failure.HeadTooLarge);
            return false;
        }

        var failure = security.Tokens?.Apply(Head, time.GetUtcNow()) ?? TokenFailure.None;
        if (failure != TokenFailure.None)
        {
            Record.AnswerDetails = TokenFailureTable.DetailsOf(failure);
            Give(LocalAnswer.Of(failure, Challenge(Head), Head.IsGrpc));
            return false;
        }

        return true;
    }

    // Envoy's, but for the query, which may hold a token.
    private static string Challenge(RequestHead head)
    {
        var realm = $"{Latin1(head.Scheme)}://{Latin1(head.Authority)}{Latin1(head.Path)}".Replace("\"", "%22", StringComparison.Ordinal);
        return $"Bearer realm=\"{realm}\", error=\"invalid_token\"";
    }

    private static string Latin1(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
