using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Http;
using Mesh.Proxy.Routing;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.ExternalAuthorization;

/// <summary>Pure: what a service is told about a request, and what its answer means.</summary>
internal static class CheckMessages
{
    // google.rpc.Code OK.
    private const int Ok = 0;

    public static Pb.CheckRequest Ask(CheckRequest question)
    {
        var target = question.Target;
        return new()
        {
            Attributes = new()
            {
                Source = new() { Address = Address(target.Remote), Principal = target.Peer?.Uri ?? "" },
                // Envoy: of a connection, whom its client has reached is told as well.
                Destination = new() { Address = Address(target.Local), Principal = question.Head is null ? target.OwnPrincipal ?? "" : "" },
                Request = question.Head is { } head
                    ? new() { Time = Timestamp.FromDateTimeOffset(question.Time), Http = Http(head, question) }
                    : null,
            },
        };
    }

    private static Pb.AttributeContext.Types.HttpRequest Http(RequestHead head, CheckRequest question)
    {
        var http = new Pb.AttributeContext.Types.HttpRequest
        {
            Id = head.TryGet(KnownHeader.XRequestId, out var id) ? Text(id) : "",
            Method = Text(head.Method),
            Path = Text(head.OriginForm),
            Host = Text(head.Authority),
            Scheme = Text(head.Scheme),
            Size =
                head.TryGet(KnownHeader.ContentLength, out var length)
                && long.TryParse(Text(length), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                    ? size
                    : -1,
            Protocol = head.Version switch
            {
                HttpVersionKind.Http2 => "HTTP/2",
                HttpVersionKind.Http10 => "HTTP/1.0",
                _ => "HTTP/1.1",
            },
            Headers =
            {
                { ":method", Text(head.Method) },
                { ":path", Text(head.OriginForm) },
                { ":authority", Text(head.Authority) },
                { ":scheme", Text(head.Scheme) },
            },
        };
        foreach (var (name, value) in CheckedHeaders.Of(head, question.Check))
        {
            // A map has one value a name.
            http.Headers[name] = http.Headers.TryGetValue(name, out var before) ? $"{before},{value}" : value;
        }

        if (question.Check.BodyBytes > 0)
        {
            http.Headers["x-envoy-auth-partial-body"] = question.BodyIsPartial ? "true" : "false";
            if (question.Check.BodyAsBytes)
            {
                http.RawBody = ByteString.CopyFrom(question.Body.Span);
            }
            else
            {
                http.Body = Encoding.UTF8.GetString(question.Body.Span);
            }
        }

        return http;
    }

    public static CheckOutcome Read(Pb.CheckResponse answer)
    {
        if (answer.Status?.Code is null or Ok)
        {
            return new CheckOutcome(CheckVerdict.Allowed)
            {
                RequestEdits = Edits(
                    (answer.OkResponse?.HeadersToRemove ?? [])
                        .Select(name => name.ToLowerInvariant())
                        // Envoy: what routes a request is not taken away from it; nor is what says where its body ends.
                        .Where(CheckedHeaders.MayChange)
                        .Select(name => new HeaderEdit(HeaderEditKind.Remove, name, "")),
                    answer.OkResponse?.Headers
                ),
                ResponseEdits = Edits([], answer.OkResponse?.ResponseHeadersToAdd, byDefault: HeaderEditKind.Add),
            };
        }

        return new CheckOutcome(CheckVerdict.Denied)
        {
            Status = answer.DeniedResponse?.Status?.Code is { } code && (int)code is >= 200 and <= 599 ? (int)code : 403,
            Body = Encoding.UTF8.GetBytes(answer.DeniedResponse?.Body ?? ""),
            ResponseEdits = Edits([], answer.DeniedResponse?.Headers),
        };
    }

    private static HeaderEdits Edits(
        IEnumerable<HeaderEdit> first,
        IEnumerable<Pb.HeaderValueOption>? headers,
        HeaderEditKind byDefault = HeaderEditKind.Set
    )
    {
        ImmutableArray<HeaderEdit> edits =
        [
            .. first,
            .. (headers ?? [])
                .Where(option => option.Header is { } header && CheckedHeaders.MayChange(header.Key) && IsValue(ValueOf(header)))
                .Select(option => new HeaderEdit(KindOf(option, byDefault), option.Header.Key.ToLowerInvariant(), ValueOf(option.Header))),
        ];
        return edits.IsEmpty ? HeaderEdits.None : new HeaderEdits(edits);
    }

    // Envoy: here headers replace unless it is asked otherwise, by the older field or the newer.
    private static HeaderEditKind KindOf(Pb.HeaderValueOption option, HeaderEditKind byDefault) =>
        option.Append is { } append
            ? append
                ? HeaderEditKind.Add
                : HeaderEditKind.Set
            : option.AppendAction == Pb.HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd
                ? HeaderEditKind.Set
                : byDefault;

    private static string ValueOf(Pb.HeaderValue header) =>
        header.RawValue.IsEmpty ? header.Value : Encoding.Latin1.GetString(header.RawValue.Span);

    // Nobody may end a line of ours.
    private static bool IsValue(string value) => value.AsSpan().IndexOfAny('\r', '\n', '\0') < 0;

    private static Pb.Address Address(IPEndPoint address) =>
        new()
        {
            SocketAddress = new() { Address = address.Address.ToString(), PortValue = (uint)address.Port },
        };

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
