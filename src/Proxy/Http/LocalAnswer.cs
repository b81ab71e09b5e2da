using System.Globalization;
using System.Text;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http;

/// <summary>An answer that this proxy gives by itself, as data: codecs write it. gRPC clients get theirs trailers-only.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">Sent as <c>text/plain</c> unless the edits say another type; empty for gRPC.</param>
/// <param name="Edits">Of the plan, for answers that a rule asked for; none for failures.</param>
internal readonly record struct LocalAnswer(int Status, ReadOnlyMemory<byte> Body, EditSequence Edits)
{
    private const int NoGrpc = -1;

    // Envoy, router "x-envoy-overloaded": the limit refused it, so that clients can hold back.
    private static readonly EditSequence Overloaded = new(
        new HeaderEdits([new HeaderEdit(HeaderEditKind.Set, "x-envoy-overloaded", "true")]),
        HeaderEdits.None
    );

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

    /// <param name="retried">There was more than one try.</param>
    public static LocalAnswer Of(Failure failure, bool grpc, bool retried = false)
    {
        var entry = FailureTable.Of(failure);
        var edits = failure == Failure.Overflow ? Overloaded : EditSequence.None;
        return grpc
            ? Grpc(entry.GrpcStatus, retried ? entry.BodyAfterRetries : entry.Body, edits)
            : new(entry.Status, retried ? entry.BodyBytesAfterRetries : entry.BodyBytes, edits);
    }

    /// <summary>A request that broke a rule of its protocol: the rule's own status, and the sentence that names it.</summary>
    public static LocalAnswer Refusal(int status, string sentence) => new(status, Encoding.ASCII.GetBytes(sentence), EditSequence.None);

    public static LocalAnswer Direct(RuleAction.DirectResponse direct, EditSequence edits, bool grpc) =>
        grpc
            ? Grpc(GrpcStatusOf(direct.StatusCode), Encoding.UTF8.GetString(direct.Body), edits)
            : new(direct.StatusCode, direct.Body, edits);

    public static LocalAnswer Redirect(int status, string location, EditSequence edits) =>
        new(status, default, edits) { Location = location };

    // gRPC over HTTP/2, "Responses": Trailers-Only is one HEADERS frame with HTTP status 200.
    private static LocalAnswer Grpc(int status, string message, EditSequence edits) =>
        new(200, default, edits) { GrpcStatus = status, GrpcMessage = PercentEncode(message) };

    // gRPC, "HTTP to gRPC Status Code Mapping".
    private static int GrpcStatusOf(int httpStatus) =>
        httpStatus switch
        {
            200 => 0,
            400 => 13,
            401 => 16,
            403 => 7,
            404 => 12,
            429 or 502 or 503 or 504 => 14,
            _ => 2,
        };

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
