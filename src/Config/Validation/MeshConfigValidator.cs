using System.Collections.Immutable;
using System.Globalization;
using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks the mesh configuration.</summary>
internal static class MeshConfigValidator
{
    // What a proxy keeps of a body while it asks.
    private const int MaxBody = 1024 * 1024;

    internal static void Validate(MeshConfigSpec spec, ProblemList problems)
    {
        for (var i = 0; i < spec.TrustDomainAliases.Length; i++)
        {
            if (!Syntax.IsDnsName(spec.TrustDomainAliases[i]))
            {
                problems.Add(
                    DiagnosticCodes.InvalidName,
                    FieldPath.Root.Field("data").Field("mesh").Field("trustDomainAliases").Index(i),
                    $"is \"{spec.TrustDomainAliases[i]}\", must be a trust domain such as old.example, without *"
                );
            }
        }

        var list = FieldPath.Root.Field("data").Field("mesh").Field("extensionProviders");
        SharedChecks.Unique(
            spec.ExtensionProviders.Where(provider => provider.Name.Length > 0).Select(provider => provider.Name),
            list,
            problems,
            provider => provider.Field("name")
        );
        for (var i = 0; i < spec.ExtensionProviders.Length; i++)
        {
            var provider = spec.ExtensionProviders[i];
            if (provider.EnvoyExtAuthzHttp is { } http)
            {
                Validate(http, list.Index(i).Field("envoyExtAuthzHttp"), problems);
            }
            if (provider.EnvoyExtAuthzGrpc is { } grpc)
            {
                Validate(grpc, list.Index(i).Field("envoyExtAuthzGrpc"), problems);
            }
        }
    }

    private static void Validate(ExternalAuthorizationSpec spec, FieldPath path, ProblemList problems)
    {
        var host = spec.Service[(spec.Service.IndexOf('/') + 1)..];
        if (spec.Service.Length > 0 && !Syntax.IsDnsName(host))
        {
            problems.Add(
                DiagnosticCodes.InvalidHost,
                path.Field("service"),
                $"is \"{spec.Service}\", must be the host of a service, or namespace/host"
            );
        }
        if (spec.PathPrefix is { Length: > 0 } prefix && !prefix.StartsWith('/'))
        {
            problems.Add(DiagnosticCodes.UnknownValue, path.Field("pathPrefix"), $"is \"{prefix}\", must begin with /");
        }
        if (
            spec.StatusOnError is { } status
            && !(int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 400 and <= 599)
        )
        {
            problems.Add(
                DiagnosticCodes.InvalidStatus,
                path.Field("statusOnError"),
                $"is \"{status}\", must be a code between 400 and 599"
            );
        }
        if (spec.IncludeRequestBodyInCheck is { MaxRequestBytes: <= 0 or > MaxBody } body)
        {
            problems.Add(
                DiagnosticCodes.NumberOutOfRange,
                path.Field("includeRequestBodyInCheck").Field("maxRequestBytes"),
                $"is {body.MaxRequestBytes}, must be between 1 and {MaxBody}"
            );
        }
        Headers(spec.IncludeRequestHeadersInCheck, path.Field("includeRequestHeadersInCheck"), problems);
        Headers(spec.HeadersToUpstreamOnAllow, path.Field("headersToUpstreamOnAllow"), problems);
        Headers(spec.HeadersToDownstreamOnDeny, path.Field("headersToDownstreamOnDeny"), problems);
        Headers(spec.HeadersToDownstreamOnAllow, path.Field("headersToDownstreamOnAllow"), problems);
        foreach (var (name, value) in spec.IncludeAdditionalHeadersInCheck)
        {
            if (!Syntax.IsHeaderName(name) || !Syntax.IsHeaderValue(value))
            {
                problems.Add(
                    DiagnosticCodes.InvalidHeader,
                    path.Field("includeAdditionalHeadersInCheck").Key(name),
                    "is no header; its name may have letters, digits and any of !#$%&'*+-.^_`|~, its value is one line"
                );
            }
        }
    }

    private static void Headers(ImmutableArray<string> names, FieldPath path, ProblemList problems)
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (!Syntax.IsHeaderName(names[i]))
            {
                problems.Add(
                    DiagnosticCodes.InvalidHeader,
                    path.Index(i),
                    $"is \"{names[i]}\", must be the name of a header, of which * may stand for the beginning or the end"
                );
            }
        }
    }
}
