using System.Net;
using Mesh.Proxy.Security.Authorization;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;
using ValueMatch = Mesh.Proxy.Routing.ValueMatch;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: one permission or principal of an RBAC policy. What cannot be read is a problem, and stands for nothing.</summary>
/// <param name="grants">Whether something is granted where what is read holds; below a <c>not</c> it is the other way round.</param>
internal sealed class AccessConditionReader(bool grants)
{
    // What Istio's authentication calls its finding.
    private const string IstioAuthentication = "istio_authn";
    private const string RequestPrincipal = "request.auth.principal";

    private AccessConditionReader Opposite => new(!grants);

    public AccessCondition Permission(Pb.Permission permission, ProblemList problems)
    {
        switch (permission.RuleCase)
        {
            case Pb.Permission.RuleOneofCase.AndRules:
                return AllCondition.Of(AccessRulesReader.All(permission.AndRules.Rules, "and_rules", Permission, problems));
            case Pb.Permission.RuleOneofCase.OrRules:
                return AnyCondition.Of(AccessRulesReader.All(permission.OrRules.Rules, "or_rules", Permission, problems));
            case Pb.Permission.RuleOneofCase.Any when permission.Any:
                return ConstantCondition.Always;
            case Pb.Permission.RuleOneofCase.Header:
                return Header(permission.Header, problems);
            case Pb.Permission.RuleOneofCase.DestinationIp:
                return Address(AddressKind.Destination, permission.DestinationIp, problems);
            case Pb.Permission.RuleOneofCase.DestinationPort:
                return new PortCondition((int)Math.Min(permission.DestinationPort, int.MaxValue));
            case Pb.Permission.RuleOneofCase.Metadata:
                return Metadata(permission.Metadata, problems);
            case Pb.Permission.RuleOneofCase.NotRule:
                using (problems.In("not_rule"))
                {
                    return NotCondition.Of(Opposite.Permission(permission.NotRule, problems));
                }

            case Pb.Permission.RuleOneofCase.RequestedServerName:
                return Text(permission.RequestedServerName, problems) is { } name ? new ServerNameCondition(name) : ConstantCondition.Never;
            case Pb.Permission.RuleOneofCase.UrlPath:
                return Path(permission.UrlPath, problems);
            case Pb.Permission.RuleOneofCase.UriTemplate:
                return Template(permission.UriTemplate, problems);
            default:
                problems.Add("rule", $"{permission.RuleCase} is not supported");
                return ConstantCondition.Never;
        }
    }

    public AccessCondition Principal(Pb.Principal principal, ProblemList problems)
    {
        switch (principal.IdentifierCase)
        {
            case Pb.Principal.IdentifierOneofCase.AndIds:
                return AllCondition.Of(AccessRulesReader.All(principal.AndIds.Ids, "and_ids", Principal, problems));
            case Pb.Principal.IdentifierOneofCase.OrIds:
                return AnyCondition.Of(AccessRulesReader.All(principal.OrIds.Ids, "or_ids", Principal, problems));
            case Pb.Principal.IdentifierOneofCase.Any when principal.Any:
                return ConstantCondition.Always;
            case Pb.Principal.IdentifierOneofCase.Authenticated:
                return principal.Authenticated.PrincipalName is not { } written ? new IdentityCondition(null)
                    : Text(written, problems) is { } identity ? new IdentityCondition(identity)
                    : ConstantCondition.Never;
            case Pb.Principal.IdentifierOneofCase.Header:
                return Header(principal.Header, problems);
            case Pb.Principal.IdentifierOneofCase.Metadata:
                return Metadata(principal.Metadata, problems);
            case Pb.Principal.IdentifierOneofCase.NotId:
                using (problems.In("not_id"))
                {
                    return NotCondition.Of(Opposite.Principal(principal.NotId, problems));
                }

            case Pb.Principal.IdentifierOneofCase.UrlPath:
                return Path(principal.UrlPath, problems);
            case Pb.Principal.IdentifierOneofCase.SourceIp:
                return Address(AddressKind.Source, principal.SourceIp, problems);
            case Pb.Principal.IdentifierOneofCase.DirectRemoteIp:
                return Address(AddressKind.Source, principal.DirectRemoteIp, problems);
            case Pb.Principal.IdentifierOneofCase.RemoteIp:
                return Address(AddressKind.Remote, principal.RemoteIp, problems);
            default:
                problems.Add("identifier", $"{principal.IdentifierCase} is not supported");
                return ConstantCondition.Never;
        }
    }

    // Host and method are compared in the form in which requests are routed, not as a header.
    private AccessCondition Header(Pb.HeaderMatcher matcher, ProblemList problems)
    {
        var text = matcher.HeaderMatchSpecifierCase switch
        {
            Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.StringMatch => matcher.StringMatch,
            Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.ExactMatch => new() { Exact = matcher.ExactMatch },
            Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.PrefixMatch => new() { Prefix = matcher.PrefixMatch },
            Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.SuffixMatch => new() { Suffix = matcher.SuffixMatch },
            Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.ContainsMatch => new() { Contains = matcher.ContainsMatch },
            _ => null,
        };
        if (text is not null && matcher.Name.ToLowerInvariant() is ":authority" or "host" or ":method")
        {
            var isHost = matcher.Name != ":method";
            // Hosts have no case.
            if (Text(isHost ? new(text!) { IgnoreCase = true } : text!, problems) is not { } match)
            {
                return ConstantCondition.Never;
            }

            AccessCondition condition = isHost ? new HostTextCondition(match) : new MethodCondition(match);
            return matcher.InvertMatch ? NotCondition.Of(condition) : condition;
        }

        if (text is not null && !matcher.InvertMatch && !matcher.TreatMissingHeaderAsEmpty)
        {
            return Text(text, problems) is { } match
                ? new HeaderTextCondition(matcher.Name, match, everyLine: grants)
                : ConstantCondition.Never;
        }

        return RouteMatchReader.Header(matcher, problems) is { } header ? new RequestCondition(header) : ConstantCondition.Never;
    }

    private static AccessCondition Path(Pb.PathMatcher matcher, ProblemList problems)
    {
        if (matcher.Path is null)
        {
            problems.Add("url_path", "has no path");
            return ConstantCondition.Never;
        }

        return Text(matcher.Path, problems) is { } match ? new PathTextCondition(match) : ConstantCondition.Never;
    }

    private static AccessCondition Template(Pb.TypedExtensionConfig matcher, ProblemList problems)
    {
        if (PbReading.Unpack<Pb.UriTemplateMatchConfig>(matcher.TypedConfig, "uri_template.typed_config", problems) is not { } template)
        {
            return ConstantCondition.Never;
        }

        if (PathTemplateCondition.Parse(template.PathTemplate) is { } condition)
        {
            return condition;
        }

        problems.Add(
            "uri_template",
            $"'{template.PathTemplate}' must be segments of text, * for any one of them, and at most once ** for any number"
        );
        return ConstantCondition.Never;
    }

    private static AccessCondition Address(AddressKind kind, Pb.CidrRange range, ProblemList problems)
    {
        if (
            !IPAddress.TryParse(range.AddressPrefix, out var address)
            || (range.PrefixLen ?? 0) > (uint)(address.GetAddressBytes().Length * 8)
        )
        {
            problems.Add("address", $"'{range.AddressPrefix}/{range.PrefixLen}' is not a range of addresses");
            return ConstantCondition.Never;
        }

        return new AddressCondition(kind, new AddressBlock(address, (int)(range.PrefixLen ?? 0)));
    }

    // Requests have no other metadata than their token's: whatever else is asked for is not there.
    private static AccessCondition Metadata(Pb.MetadataMatcher matcher, ProblemList problems)
    {
        using var inMetadata = problems.In("metadata");
        AccessCondition condition;
        if (matcher.Filter == IstioAuthentication && matcher.Path is [{ Key: RequestPrincipal }])
        {
            condition = matcher.Value?.MatchPatternCase switch
            {
                Pb.ValueMatcher.MatchPatternOneofCase.PresentMatch when matcher.Value.PresentMatch => new TokenPrincipalCondition(
                    ValueMatch.Present
                ),
                Pb.ValueMatcher.MatchPatternOneofCase.StringMatch when Text(matcher.Value.StringMatch, problems) is { } match =>
                    new TokenPrincipalCondition(match),
                Pb.ValueMatcher.MatchPatternOneofCase.StringMatch => ConstantCondition.Never,
                _ => Unsupported(problems),
            };
        }
        else if (matcher.Filter == ExtensionNames.JwtAuthentication)
        {
            return ClaimConditionReader.Read(matcher, problems) is { } claim ? new RequestCondition(claim) : ConstantCondition.Never;
        }
        else
        {
            condition = ConstantCondition.Never;
        }

        return matcher.Invert ? NotCondition.Of(condition) : condition;
    }

    private static ConstantCondition Unsupported(ProblemList problems)
    {
        problems.Add("value", "is not supported; ask for a text or for presence");
        return ConstantCondition.Never;
    }

    // What takes everything but nothing at all is asked without an expression.
    private static ValueMatch? Text(Pb.StringMatcher matcher, ProblemList problems) =>
        matcher.MatchPatternCase == Pb.StringMatcher.MatchPatternOneofCase.SafeRegex && matcher.SafeRegex.Regex is ".+" or ".*"
            ? ValueMatch.Present
            : RouteMatchReader.Text(matcher, problems);
}
