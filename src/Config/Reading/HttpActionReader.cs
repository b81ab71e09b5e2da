using System.Collections.Immutable;
using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads what an HTTP rule does besides forwarding.</summary>
internal static class HttpActionReader
{
    internal const string PercentageForm = "an object with value, such as {value: 10}";

    private static readonly EnumTable<RedirectPortMode> RedirectPorts = new(
        ("FROM_PROTOCOL_DEFAULT", RedirectPortMode.FromProtocolDefault),
        ("FROM_REQUEST_PORT", RedirectPortMode.FromRequestPort)
    );

    private static readonly EnumTable<UnmatchedPreflights> Preflights = new(
        ("UNSPECIFIED", UnmatchedPreflights.Forward),
        ("FORWARD", UnmatchedPreflights.Forward),
        ("IGNORE", UnmatchedPreflights.Ignore)
    );

    /// <summary>An empty percentage is protobuf's zero.</summary>
    internal static PercentageSpec ReadPercentage(ObjectReader reader) => new(reader.Percent("value") ?? 0);

    internal static RedirectSpec ReadRedirect(ObjectReader reader)
    {
        reader.Exclusive("uri", "prefixRewrite");
        reader.Exclusive("port", "derivePort");
        return new()
        {
            Uri = reader.Text("uri"),
            PrefixRewrite = reader.Text("prefixRewrite"),
            Authority = reader.Text("authority"),
            Scheme = reader.Text("scheme"),
            Port = reader.Port("port"),
            DerivePort = reader.Enum("derivePort", RedirectPorts),
            RedirectCode = reader.Integer("redirectCode") is { } code and not 0 ? code : null, // 0 is protobuf's absent
        };
    }

    internal static DirectResponseSpec ReadDirectResponse(ObjectReader reader)
    {
        if (!reader.Has("status"))
        {
            reader.ReportMissing("status");
        }
        return new() { Status = reader.Integer("status") ?? 0, Body = reader.Object("body", ReadBody, "an object with string or bytes") };
    }

    internal static RewriteSpec ReadRewrite(ObjectReader reader)
    {
        reader.Exclusive("uri", "uriRegexRewrite");
        return new()
        {
            Uri = reader.Text("uri"),
            UriRegexRewrite = reader.Object(
                "uriRegexRewrite",
                regex => new RegexRewriteSpec { Match = regex.RequiredText("match"), Rewrite = regex.Text("rewrite") ?? "" },
                "an object with match and rewrite"
            ),
            Authority = reader.Text("authority"),
        };
    }

    internal static RetrySpec ReadRetries(ObjectReader reader) =>
        new()
        {
            Attempts = reader.Integer("attempts") ?? 0,
            PerTryTimeout = reader.Duration("perTryTimeout"),
            RetryOn =
            [
                .. (reader.Text("retryOn") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            ],
            RetryRemoteLocalities = reader.Boolean("retryRemoteLocalities"),
            RetryIgnorePreviousHosts = reader.Boolean("retryIgnorePreviousHosts"),
            Backoff = reader.Duration("backoff"),
        };

    internal static FaultSpec ReadFault(ObjectReader reader) =>
        new()
        {
            Delay = reader.Object(
                "delay",
                delay =>
                {
                    delay.Exclusive("fixedDelay", "exponentialDelay");
                    if (delay.Has("exponentialDelay"))
                    {
                        delay.Report(DiagnosticCodes.UnknownField, "exponentialDelay", "was never implemented by anybody; use fixedDelay");
                        delay.Ignore("exponentialDelay");
                    }
                    return new FaultDelaySpec { FixedDelay = delay.RequiredDuration("fixedDelay"), Percentage = ReadShare(delay) };
                }
            ),
            Abort = reader.Object(
                "abort",
                abort =>
                {
                    abort.Exclusive("httpStatus", "grpcStatus", "http2Error");
                    abort.Ignore("http2Error"); // reserved by the API; a fault without a status is refused below
                    return new FaultAbortSpec
                    {
                        HttpStatus = abort.Integer("httpStatus"),
                        GrpcStatus = abort.Text("grpcStatus"),
                        Percentage = ReadShare(abort),
                    };
                }
            ),
        };

    internal static CorsSpec ReadCors(ObjectReader reader)
    {
        var origins = reader.List("allowOrigins", StringMatchReader.Read, StringMatchReader.Form);
        if (reader.Old("allowOrigin", "allowOrigins with exact"))
        {
            // Istio: a lone * in the old field means every origin.
            var old = reader
                .Texts("allowOrigin")
                .Select(origin => origin == "*" ? StringMatchSpec.Regex(".*") : StringMatchSpec.Exact(origin));
            origins = origins.AddRange(old);
        }
        return new()
        {
            AllowOrigins = origins,
            AllowMethods = reader.Texts("allowMethods"),
            AllowHeaders = reader.Texts("allowHeaders"),
            ExposeHeaders = reader.Texts("exposeHeaders"),
            MaxAge = reader.Duration("maxAge", allowZero: true),
            AllowCredentials = reader.Boolean("allowCredentials"),
            UnmatchedPreflights = reader.Enum("unmatchedPreflights", Preflights),
        };
    }

    private static double? ReadShare(ObjectReader reader)
    {
        var percentage = reader.Object("percentage", ReadPercentage, PercentageForm)?.Value;
        if (reader.Old("percent", "percentage with value"))
        {
            percentage ??= reader.Percent("percent");
        }
        return percentage;
    }

    private static DirectResponseBodySpec ReadBody(ObjectReader reader)
    {
        reader.Exclusive("string", "bytes");
        var (text, base64) = (reader.Text("string"), reader.Text("bytes"));
        var bytes = new byte[base64?.Length ?? 0];
        if (!Convert.TryFromBase64String(base64 ?? "", bytes, out var length))
        {
            reader.Report(DiagnosticCodes.WrongType, "bytes", "is not base64; encode the bytes or use string");
        }
        return new() { Text = text, Bytes = ImmutableArray.Create(bytes.AsSpan(0, length)) };
    }
}
