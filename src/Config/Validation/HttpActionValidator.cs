using System.Text;
using Mesh.Config.Specs;
using Mesh.Text;

namespace Mesh.Config.Validation;

/// <summary>Checks what an HTTP rule does besides forwarding.</summary>
internal static class HttpActionValidator
{
    private const int MaxBody = 1024 * 1024;
    private const int LargeBody = 100 * 1024;

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"];

    private static readonly string[] RetryConditions =
    [
        "5xx",
        "gateway-error",
        "reset",
        "reset-before-request",
        "connect-failure",
        "retriable-4xx",
        "refused-stream",
        "retriable-status-codes",
        "retriable-headers",
        "envoy-ratelimited",
        "http3-post-connect-failure",
        "cancelled",
        "deadline-exceeded",
        "internal",
        "resource-exhausted",
        "unavailable",
    ];

    internal static void Validate(HttpRouteSpec rule, FieldPath path, ProblemList problems)
    {
        Redirect(rule.Redirect, path.Field("redirect"), problems);
        DirectResponse(rule.DirectResponse, path.Field("directResponse"), problems);
        Rewrite(rule.Rewrite, path.Field("rewrite"), problems);
        Retries(rule.Retries, path.Field("retries"), problems);
        Fault(rule.Fault, path.Field("fault"), problems);
        Cors(rule.CorsPolicy, path.Field("corsPolicy"), problems);
        for (var i = 0; i < rule.Mirrors.Length; i++)
        {
            SharedChecks.Destination(rule.Mirrors[i].Destination, path.Field("mirrors").Index(i).Field("destination"), problems);
        }
        if (rule.Delegate is { } target && !(target.Name.Length == 0 || Syntax.IsObjectName(target.Name)))
        {
            problems.Add(
                DiagnosticCodes.InvalidName,
                path.Field("delegate").Field("name"),
                $"is \"{target.Name}\", must be the name of a VirtualService"
            );
        }
    }

    private static void Redirect(RedirectSpec? redirect, FieldPath path, ProblemList problems)
    {
        if (redirect is null)
        {
            return;
        }
        if (redirect is { Uri: null, PrefixRewrite: null, Authority: null, Scheme: null, Port: null, DerivePort: null })
        {
            problems.Add(DiagnosticCodes.NoAction, path, "redirects to the same place; give uri, prefixRewrite, authority, scheme or port");
        }
        if (redirect.RedirectCode is { } code && code is not (301 or 302 or 303 or 307 or 308))
        {
            problems.Add(DiagnosticCodes.InvalidStatus, path.Field("redirectCode"), $"is {code}, must be 301, 302, 303, 307 or 308");
        }
        if (redirect.Scheme is { } scheme && scheme is not ("http" or "https"))
        {
            problems.Add(DiagnosticCodes.UnknownValue, path.Field("scheme"), $"is \"{scheme}\", must be http or https");
        }
        OneLine(redirect.Uri, path.Field("uri"), problems);
        OneLine(redirect.PrefixRewrite, path.Field("prefixRewrite"), problems);
        OneLine(redirect.Authority, path.Field("authority"), problems);
    }

    private static void DirectResponse(DirectResponseSpec? response, FieldPath path, ProblemList problems)
    {
        if (response is null)
        {
            return;
        }
        if (response.Status is < 200 or > 599)
        {
            problems.Add(DiagnosticCodes.InvalidStatus, path.Field("status"), $"is {response.Status}, must be between 200 and 599");
        }
        var size = response.Body is { Text: { } text } ? Encoding.UTF8.GetByteCount(text) : response.Body?.Bytes.Length ?? 0;
        if (size > MaxBody)
        {
            problems.Add(
                DiagnosticCodes.BodyTooLarge,
                path.Field("body"),
                $"has {size} bytes, at most {MaxBody} are allowed; serve it from a service"
            );
        }
        else if (size > LargeBody)
        {
            problems.Add(
                DiagnosticCodes.LargeBody,
                path.Field("body"),
                $"has {size} bytes that every proxy keeps in memory; serve it from a service"
            );
        }
    }

    private static void Rewrite(RewriteSpec? rewrite, FieldPath path, ProblemList problems)
    {
        if (rewrite is { Uri: null, UriRegexRewrite: null, Authority: null })
        {
            problems.Add(DiagnosticCodes.NoAction, path, "rewrites nothing; give uri, uriRegexRewrite or authority");
        }
        OneWord(rewrite?.Uri, path.Field("uri"), problems);
        OneWord(rewrite?.Authority, path.Field("authority"), problems);
        if (rewrite?.UriRegexRewrite is not { } regex)
        {
            return;
        }
        var at = path.Field("uriRegexRewrite");
        if (!Re2Pattern.TryTranslateSearch(regex.Match, out _, out var groups, out var error))
        {
            problems.Add(DiagnosticCodes.InvalidRegex, at.Field("match"), $"is no RE2 expression we can match: it {error}");
        }
        else if (!Re2Pattern.TryTranslateSubstitution(regex.Rewrite, groups, out _, out error))
        {
            problems.Add(DiagnosticCodes.InvalidRegex, at.Field("rewrite"), error);
        }
        OneWord(regex.Rewrite, at.Field("rewrite"), problems);
    }

    private static void OneLine(string? text, FieldPath path, ProblemList problems)
    {
        if (text is not null && text.Any(char.IsControl))
        {
            problems.Add(DiagnosticCodes.InvalidHeader, path, "has a control character, which no header can carry");
        }
    }

    // RFC 9112, 3: a space ends the target of a request.
    private static void OneWord(string? text, FieldPath path, ProblemList problems)
    {
        OneLine(text, path, problems);
        if (text is not null && text.Contains(' '))
        {
            problems.Add(DiagnosticCodes.InvalidHeader, path, "has a space, which no request target or authority can carry; write %20");
        }
    }

    private static void Retries(RetrySpec? retries, FieldPath path, ProblemList problems)
    {
        if (retries is null)
        {
            return;
        }
        if (retries.Attempts == 0 && (retries.PerTryTimeout is not null || !retries.RetryOn.IsEmpty || retries.Backoff is not null))
        {
            problems.Add(
                DiagnosticCodes.ConflictingFields,
                path.Field("attempts"),
                "is 0 or missing, which switches retries off, but other settings of retries are given; set attempts or remove them"
            );
        }
        foreach (var condition in retries.RetryOn)
        {
            var isStatus = int.TryParse(condition, out var status) && status is >= 100 and <= 599;
            if (!isStatus && !RetryConditions.Contains(condition))
            {
                var near = Reading.NearestName.Find(condition, RetryConditions);
                var hint = near is null ? "" : $"; did you mean {near}?";
                problems.Add(
                    DiagnosticCodes.UnknownValue,
                    path.Field("retryOn"),
                    $"has \"{condition}\", must be status codes or some of {string.Join(", ", RetryConditions)}{hint}"
                );
            }
        }
    }

    private static void Fault(FaultSpec? fault, FieldPath path, ProblemList problems)
    {
        if (fault is { Delay: null, Abort: null })
        {
            problems.Add(DiagnosticCodes.NoAction, path, "injects nothing; give delay or abort");
        }
        if (fault is { Delay.Percentage: null or 0, Abort: null } or { Abort.Percentage: null or 0, Delay: null })
        {
            problems.Add(DiagnosticCodes.IneffectiveSetting, path, "is for 0 % of the requests; give a percentage with value");
        }
        if (fault?.Abort is not { } abort)
        {
            return;
        }
        var at = path.Field("abort");
        if (abort is { HttpStatus: null, GrpcStatus: null })
        {
            problems.Add(DiagnosticCodes.MissingField, at.Field("httpStatus"), "is missing; give httpStatus or grpcStatus");
        }
        if (abort.HttpStatus is < 200 or > 599)
        {
            problems.Add(DiagnosticCodes.InvalidStatus, at.Field("httpStatus"), $"is {abort.HttpStatus}, must be between 200 and 599");
        }
        if (
            abort.GrpcStatus is { } grpc
            && !GrpcStatusNames.All.Contains(grpc)
            && !(int.TryParse(grpc, out var number) && number is >= 0 and <= 16)
        )
        {
            problems.Add(
                DiagnosticCodes.UnknownValue,
                at.Field("grpcStatus"),
                $"is \"{grpc}\", must be one of {string.Join(", ", GrpcStatusNames.All)}"
            );
        }
    }

    private static void Cors(CorsSpec? cors, FieldPath path, ProblemList problems)
    {
        if (cors is null)
        {
            return;
        }
        for (var i = 0; i < cors.AllowOrigins.Length; i++)
        {
            SharedChecks.Match(cors.AllowOrigins[i], path.Field("allowOrigins").Index(i), problems);
        }
        for (var i = 0; i < cors.AllowMethods.Length; i++)
        {
            if (!Methods.Contains(cors.AllowMethods[i]))
            {
                problems.Add(
                    DiagnosticCodes.UnknownValue,
                    path.Field("allowMethods").Index(i),
                    $"is \"{cors.AllowMethods[i]}\", must be one of {string.Join(", ", Methods)}"
                );
            }
        }
        foreach (var (field, names) in new[] { ("allowHeaders", cors.AllowHeaders), ("exposeHeaders", cors.ExposeHeaders) })
        {
            for (var i = 0; i < names.Length; i++)
            {
                if (!Syntax.IsHeaderName(names[i]))
                {
                    problems.Add(DiagnosticCodes.InvalidHeader, path.Field(field).Index(i), $"is no header name: \"{names[i]}\"");
                }
            }
        }
        if (cors.MaxAge is { } age && age.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            problems.Add(DiagnosticCodes.InvalidDuration, path.Field("maxAge"), "must be whole seconds; browsers are told no fractions");
        }
    }
}
