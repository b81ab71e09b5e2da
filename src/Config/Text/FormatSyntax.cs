using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;

namespace Mesh.Text;

/// <summary>
/// Reads Envoy's formats: <c>%OPERATOR%</c>, <c>%OPERATOR(argument)%</c>, <c>%OPERATOR(argument):LENGTH%</c>, <c>%%</c>; used once per
/// format, never per request (Envoy, "Access logging", format strings; "HTTP header manipulation", custom request/response headers).
/// </summary>
internal static class FormatSyntax
{
    private const string TokenMarks = "!#$%&'*+-.^_`|~";

    // One letter each, or a digit before f: Envoy's and strftime's.
    private const string TimeLetters = "YmdHMSTFsfzZyjebapI%";

    private static readonly FrozenDictionary<string, (FormatOperator Operator, Argument Argument)> Operators = new Dictionary<
        string,
        (FormatOperator, Argument)
    >
    {
        ["REQ"] = (FormatOperator.RequestHeader, Argument.Header),
        ["RESP"] = (FormatOperator.ResponseHeader, Argument.Header),
        ["QUERY_PARAM"] = (FormatOperator.QueryParameter, Argument.Name),
        ["START_TIME"] = (FormatOperator.StartTime, Argument.Time),
        ["PROTOCOL"] = (FormatOperator.Protocol, Argument.None),
        ["RESPONSE_CODE"] = (FormatOperator.ResponseCode, Argument.None),
        ["RESPONSE_CODE_DETAILS"] = (FormatOperator.ResponseCodeDetails, Argument.None),
        ["RESPONSE_FLAGS"] = (FormatOperator.ResponseFlags, Argument.None),
        ["GRPC_STATUS"] = (FormatOperator.GrpcStatus, Argument.None),
        ["GRPC_STATUS_NUMBER"] = (FormatOperator.GrpcStatusNumber, Argument.None),
        ["BYTES_RECEIVED"] = (FormatOperator.BytesReceived, Argument.None),
        ["BYTES_SENT"] = (FormatOperator.BytesSent, Argument.None),
        ["DURATION"] = (FormatOperator.Duration, Argument.None),
        ["RESPONSE_DURATION"] = (FormatOperator.ResponseDuration, Argument.None),
        ["ROUTE_NAME"] = (FormatOperator.RouteName, Argument.None),
        ["UPSTREAM_CLUSTER"] = (FormatOperator.UpstreamCluster, Argument.None),
        ["UPSTREAM_CLUSTER_RAW"] = (FormatOperator.UpstreamCluster, Argument.None),
        ["UPSTREAM_HOST"] = (FormatOperator.UpstreamHost, Argument.None),
        ["UPSTREAM_REMOTE_ADDRESS"] = (FormatOperator.UpstreamHost, Argument.None),
        ["UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT"] = (FormatOperator.UpstreamAddress, Argument.None),
        ["UPSTREAM_REMOTE_PORT"] = (FormatOperator.UpstreamPort, Argument.None),
        ["UPSTREAM_LOCAL_ADDRESS"] = (FormatOperator.UpstreamLocal, Argument.None),
        ["UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT"] = (FormatOperator.UpstreamLocalAddress, Argument.None),
        ["UPSTREAM_LOCAL_PORT"] = (FormatOperator.UpstreamLocalPort, Argument.None),
        ["UPSTREAM_REQUEST_ATTEMPT_COUNT"] = (FormatOperator.UpstreamAttempts, Argument.None),
        ["UPSTREAM_TRANSPORT_FAILURE_REASON"] = (FormatOperator.UpstreamFailure, Argument.None),
        ["DOWNSTREAM_REMOTE_ADDRESS"] = (FormatOperator.DownstreamRemote, Argument.None),
        ["DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT"] = (FormatOperator.DownstreamRemoteAddress, Argument.None),
        ["DOWNSTREAM_REMOTE_PORT"] = (FormatOperator.DownstreamRemotePort, Argument.None),
        ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS"] = (FormatOperator.DownstreamRemote, Argument.None),
        ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT"] = (FormatOperator.DownstreamRemoteAddress, Argument.None),
        ["DOWNSTREAM_DIRECT_REMOTE_PORT"] = (FormatOperator.DownstreamRemotePort, Argument.None),
        ["DOWNSTREAM_LOCAL_ADDRESS"] = (FormatOperator.DownstreamLocal, Argument.None),
        ["DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT"] = (FormatOperator.DownstreamLocalAddress, Argument.None),
        ["DOWNSTREAM_LOCAL_PORT"] = (FormatOperator.DownstreamLocalPort, Argument.None),
        ["REQUESTED_SERVER_NAME"] = (FormatOperator.ServerName, Argument.None),
        ["CONNECTION_TERMINATION_DETAILS"] = (FormatOperator.TerminationDetails, Argument.None),
        ["HOSTNAME"] = (FormatOperator.HostName, Argument.None),
    }.ToFrozenDictionary();

    private enum Argument
    {
        None,
        Header,
        Name,
        Time,
    }

    /// <summary>The parts, or what is wrong, with its position: characters before it, and one.</summary>
    internal static bool TryParse(string text, out ImmutableArray<FormatPart> parts, out string error)
    {
        var found = ImmutableArray.CreateBuilder<FormatPart>();
        parts = [];
        error = "";
        var literal = "";
        var at = 0;
        while (at < text.Length)
        {
            var sign = text.IndexOf('%', at);
            if (sign < 0 || text.AsSpan(sign).StartsWith("%%"))
            {
                literal += text[at..(sign < 0 ? text.Length : sign + 1)];
                at = sign < 0 ? text.Length : sign + 2;
                continue;
            }

            literal += text[at..sign];
            if (!TryOperator(text, sign, out var part, out at, out error))
            {
                return false;
            }

            AddLiteral(found, ref literal);
            found.Add(part);
        }

        AddLiteral(found, ref literal);
        parts = found.ToImmutable();
        return true;
    }

    private static void AddLiteral(ImmutableArray<FormatPart>.Builder parts, ref string literal)
    {
        if (literal.Length > 0)
        {
            parts.Add(new(FormatOperator.Literal, literal));
            literal = "";
        }
    }

    private static bool TryOperator(string text, int sign, out FormatPart part, out int end, out string error)
    {
        part = default;
        end = sign + 1;
        while (end < text.Length && (char.IsAsciiLetterUpper(text[end]) || char.IsAsciiDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }

        var name = text[(sign + 1)..end];
        var argument = default(string);
        if (name.Length > 0 && end < text.Length && text[end] == '(' && text.IndexOf(')', end) is > 0 and var close)
        {
            argument = text[(end + 1)..close];
            end = close + 1;
        }

        var length = -1;
        if (end < text.Length && text[end] == ':')
        {
            var digits = end + 1;
            for (end = digits; end < text.Length && char.IsAsciiDigit(text[end]); end++) { }

            length = int.TryParse(text.AsSpan(digits, end - digits), NumberStyles.None, CultureInfo.InvariantCulture, out var most)
                ? most
                : -2;
        }

        if (name.Length == 0 || end >= text.Length || text[end] != '%' || length == -2)
        {
            error = Invariant(
                $"has at position {sign + 1} a per cent sign that begins no operator; write %% for the sign itself, or %NAME%"
            );
            return false;
        }

        end++;
        error =
            !Operators.TryGetValue(name, out var known)
                ? Invariant(
                    $"has at position {sign + 1} the operator %{name}%, which this proxy does not know; write %% for a per cent sign"
                )
            : Problem(known.Argument, argument, length) is { } problem
                ? Invariant($"has at position {sign + 1} the operator %{name}%, which {problem}")
            : "";
        part = Part(known, argument ?? "", length);
        return error.Length == 0;
    }

    private static FormatPart Part((FormatOperator Operator, Argument Argument) known, string argument, int length)
    {
        var question = known.Argument == Argument.Header ? argument.IndexOf('?', StringComparison.Ordinal) : -1;
        return known.Argument != Argument.Header ? new(known.Operator, argument, "", length)
            : question < 0 ? new(known.Operator, argument.ToLowerInvariant(), "", length)
            : new(known.Operator, argument[..question].ToLowerInvariant(), argument[(question + 1)..].ToLowerInvariant(), length);
    }

    private static string? Problem(Argument kind, string? argument, int length) =>
        kind switch
        {
            Argument.None when argument is not null || length >= 0 => "takes neither an argument nor a length",
            Argument.Header when argument is null => "needs a header's name in parentheses",
            Argument.Header when argument.Split('?') is not ({ Length: 1 or 2 } and var names) || !names.All(IsHeaderName) =>
                $"cannot read '{argument}'; it takes a header's name, or two with a question mark between them",
            Argument.Name when string.IsNullOrEmpty(argument) => "needs a parameter's name in parentheses",
            Argument.Time when length >= 0 => "takes no length",
            Argument.Time when argument is not null && !IsTimeFormat(argument) =>
                $"cannot read the time format '{argument}'; it may have % and one of {TimeLetters}, and %1f to %9f",
            _ => null,
        };

    private static bool IsHeaderName(string name) =>
        name.ToLowerInvariant() is ":method" or ":path" or ":authority" or ":scheme" or ":status"
        || (name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || TokenMarks.Contains(c, StringComparison.Ordinal)));

    private static bool IsTimeFormat(string format)
    {
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                continue;
            }

            i += i + 2 < format.Length && format[i + 1] is >= '1' and <= '9' && format[i + 2] == 'f' ? 2 : 1;
            if (i >= format.Length || !TimeLetters.Contains(format[i], StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
