using System.Globalization;
using System.Text;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.Faults;
using Mesh.Proxy.Security.Tokens;

namespace Mesh.Proxy.Http;

/// <summary>An answer that this proxy gives by itself, as data: codecs write it. gRPC clients get theirs trailers-only.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">Sent as <c>text/plain</c> unless the edits say another type; empty for gRPC.</param>
/// <param name="Edits">Of the plan, for answers that a rule asked for; none for failures.</param>
internal readonly record struct LocalAnswer(int Status, ReadOnlyMemory<byte> Body, EditSequence Edits)
{
    private const int NoGrpc = -1;
    private const int UnauthenticatedHttp = 401;
    private const int UnauthenticatedGrpc = 16;

    // Envoy, router "x-envoy-overloaded": the limit refused it, so that clients can hold back.
    private static readonly HeaderEdits Overloaded = new([new HeaderEdit(HeaderEditKind.Set, "x-envoy-overloaded", "true")]);

    /// <summary>Tells the caller's proxy that the application has not acted on the request, so that it may be sent to another endpoint.</summary>
    public const string RepeatableHeader = "x-mesh-repeatable";

    private static readonly HeaderEdits Repeatable = new([new HeaderEdit(HeaderEditKind.Set, RepeatableHeader, "true")]);

    /// <summary>-1 where the client does not speak gRPC.</summary>
    public int GrpcStatus { get; private init; } = NoGrpc;

    /// <summary>Percent-encoded <c>grpc-message</c>; may be empty.</summary>
    public string GrpcMessage { get; private init; } = "";

    /// <summary>The <c>Location</c> of a redirect, as Latin-1 text; null for others.</summary>
    public string? Location { get; private init; }

    public bool IsGrpc => GrpcStatus != NoGrpc;

    /// <summary>The conventional content type; edits may replace it.</summary>
    public string? ContentType =>
        IsGrpc ? "application/grpc"
        : Body.IsEmpty ? null
        : "text/plain";

    /// <param name="own">Edits of the one request: a rule's are for its upstream's answers.</param>
    /// <param name="retried">There was more than one try.</param>
    /// <param name="repeatable">The caller's proxy may send the request to another endpoint.</param>
    public static LocalAnswer Of(Failure failure, HeaderEdits own, bool grpc, bool retried = false, bool repeatable = false)
    {
        var entry = FailureTable.Of(failure);
        var edits = new EditSequence(
            failure == Failure.Overflow ? Overloaded : HeaderEdits.None,
            repeatable ? Repeatable : HeaderEdits.None,
            own
        );
        return grpc
            ? Grpc(entry.GrpcStatus, retried ? entry.BodyAfterRetries : entry.Body, edits)
            : new(entry.Status, retried ? entry.BodyBytesAfterRetries : entry.BodyBytes, edits);
    }

    public static LocalAnswer Of(FaultAbort abort, HeaderEdits own, bool grpc)
    {
        var edits = new EditSequence(HeaderEdits.None, HeaderEdits.None, own);
        var entry = FailureTable.Of(Failure.FaultAbort);
        return grpc ? Grpc(abort.GrpcStatus, entry.Body, edits) : new(abort.HttpStatus, entry.BodyBytes, edits);
    }

    /// <summary>A request whose token is not accepted (RFC 6750 section 3.1).</summary>
    /// <param name="challenge">The value of <c>www-authenticate</c>.</param>
    public static LocalAnswer Of(TokenFailure failure, string challenge, bool grpc)
    {
        var challenges = new HeaderEdits([new HeaderEdit(HeaderEditKind.Set, "www-authenticate", challenge)]);
        var edits = new EditSequence(HeaderEdits.None, HeaderEdits.None, challenges);
        return grpc
            ? Grpc(UnauthenticatedGrpc, TokenFailureTable.Sentence(failure), edits)
            : new(UnauthenticatedHttp, TokenFailureTable.Body(failure), edits);
    }

    /// <summary>A preflight's answer: all of it is in the edits.</summary>
    public static LocalAnswer Preflight(HeaderEdits own) => new(200, default, new EditSequence(HeaderEdits.None, HeaderEdits.None, own));

    /// <summary>A request that broke a rule of its protocol: the rule's own status, and the sentence that names it.</summary>
    public static LocalAnswer Refusal(int status, string sentence) => new(status, Encoding.ASCII.GetBytes(sentence), EditSequence.None);

    /// <summary>What a service that was asked wants the client to be answered.</summary>
    public static LocalAnswer Refusal(int status, ReadOnlyMemory<byte> body, HeaderEdits headers, bool grpc)
    {
        var edits = new EditSequence(HeaderEdits.None, HeaderEdits.None, headers);
        return grpc ? Grpc(GrpcStatuses.OfHttp(status), Encoding.UTF8.GetString(body.Span), edits) : new(status, body, edits);
    }

    public static LocalAnswer Direct(RuleAction.DirectResponse direct, EditSequence edits, bool grpc) =>
        grpc
            ? Grpc(GrpcStatuses.OfHttp(direct.StatusCode), Encoding.UTF8.GetString(direct.Body), edits)
            : new(direct.StatusCode, direct.Body, edits);

    public static LocalAnswer Redirect(int status, string location, EditSequence edits) =>
        new(status, default, edits) { Location = location };

    // gRPC over HTTP/2, "Responses": Trailers-Only is one HEADERS frame with HTTP status 200.
    private static LocalAnswer Grpc(int status, string message, EditSequence edits) =>
        new(200, default, edits) { GrpcStatus = status, GrpcMessage = PercentEncode(message) };

    // gRPC over HTTP/2: Status-Message keeps printable ASCII without '%'.
    private static string PercentEncode(string message)
    {
        var encoded = new StringBuilder(message.Length);
        foreach (var b in Encoding.UTF8.GetBytes(message))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%')
            {
                encoded.Append((char)b);
            }
            else
            {
                encoded.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return encoded.ToString();
    }
}
