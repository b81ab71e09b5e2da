using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Authorization;

/// <summary>
/// What an RBAC message means, read straight off the message by the sentences of the public API, over texts and without any table: slow, and
/// written without a look at what it checks.
/// </summary>
internal sealed record NaiveAccess
{
    public required string Method { get; init; }

    public required string Host { get; init; }

    public required int HostPort { get; init; }

    public required string Path { get; init; }

    public required ImmutableArray<(string Name, string Value)> Headers { get; init; }

    public required string? Peer { get; init; }

    public required string Source { get; init; }

    public required string Destination { get; init; }

    public required int Port { get; init; }

    public required string? ServerName { get; init; }

    public required string? Claims { get; init; }

    public required bool Http { get; init; }

    public bool Allows(Pb.RBAC rules)
    {
        var grants = rules.Action == Pb.RBAC.Types.Action.Allow;
        var any = rules.Policies.Values.Any(policy =>
            policy.Permissions.Any(p => Holds(p, grants)) && policy.Principals.Any(p => Holds(p, grants))
        );
        return rules.Action switch
        {
            Pb.RBAC.Types.Action.Allow => any,
            Pb.RBAC.Types.Action.Deny => !any,
            _ => true,
        };
    }

    private bool Holds(Pb.Permission permission, bool grants) =>
        permission.RuleCase switch
        {
            Pb.Permission.RuleOneofCase.AndRules => permission.AndRules.Rules.All(rule => Holds(rule, grants)),
            Pb.Permission.RuleOneofCase.OrRules => permission.OrRules.Rules.Any(rule => Holds(rule, grants)),
            Pb.Permission.RuleOneofCase.Any => true,
            Pb.Permission.RuleOneofCase.NotRule => !Holds(permission.NotRule, !grants),
            Pb.Permission.RuleOneofCase.Header => Header(permission.Header, grants),
            Pb.Permission.RuleOneofCase.DestinationIp => Within(Destination, permission.DestinationIp),
            Pb.Permission.RuleOneofCase.DestinationPort => Port == permission.DestinationPort,
            Pb.Permission.RuleOneofCase.RequestedServerName => ServerName is not null && Text(permission.RequestedServerName, ServerName),
            Pb.Permission.RuleOneofCase.UrlPath => Http && Text(permission.UrlPath.Path, Path),
            Pb.Permission.RuleOneofCase.UriTemplate => Http
                && Template(permission.UriTemplate.TypedConfig.Unpack<Pb.UriTemplateMatchConfig>().PathTemplate),
            Pb.Permission.RuleOneofCase.Metadata => Metadata(permission.Metadata),
            _ => throw new InvalidOperationException($"{permission.RuleCase}"),
        };

    private bool Holds(Pb.Principal principal, bool grants) =>
        principal.IdentifierCase switch
        {
            Pb.Principal.IdentifierOneofCase.AndIds => principal.AndIds.Ids.All(id => Holds(id, grants)),
            Pb.Principal.IdentifierOneofCase.OrIds => principal.OrIds.Ids.Any(id => Holds(id, grants)),
            Pb.Principal.IdentifierOneofCase.Any => true,
            Pb.Principal.IdentifierOneofCase.NotId => !Holds(principal.NotId, !grants),
            Pb.Principal.IdentifierOneofCase.Header => Header(principal.Header, grants),
            Pb.Principal.IdentifierOneofCase.Authenticated => Peer is not null
                && (principal.Authenticated.PrincipalName is not { } name || Text(name, Peer)),
            Pb.Principal.IdentifierOneofCase.DirectRemoteIp => Within(Source, principal.DirectRemoteIp),
            Pb.Principal.IdentifierOneofCase.RemoteIp => Within(Remote(), principal.RemoteIp),
            Pb.Principal.IdentifierOneofCase.Metadata => Metadata(principal.Metadata),
            _ => throw new InvalidOperationException($"{principal.IdentifierCase}"),
        };

    private string Remote()
    {
        var said = Http ? Headers.Where(header => header.Name == "x-forwarded-for").Select(header => header.Value).ToArray() : [];
        var last = string.Join(',', said).Split(',')[^1].Trim();
        return said.Length > 0 && IPAddress.TryParse(last, out _) ? last : Source;
    }

    private bool Header(Pb.HeaderMatcher matcher, bool grants)
    {
        if (!Http)
        {
            return false;
        }

        string[] values = matcher.Name switch
        {
            ":method" => [Method],
            ":authority" => HostPort == 0 ? [Host] : [Host, $"{Host}:{HostPort}"],
            var name => [.. Headers.Where(header => header.Name == name).Select(header => header.Value)],
        };
        if (matcher.HeaderMatchSpecifierCase == Pb.HeaderMatcher.HeaderMatchSpecifierOneofCase.PresentMatch || values.Length == 0)
        {
            return values.Length > 0;
        }

        // Any spelling of the host is the host; of a header's lines all must fit to grant something, and one is enough to refuse, or one in a list.
        return matcher.Name[0] == ':' ? values.Any(value => Text(matcher.StringMatch, value))
            : grants ? values.All(value => Text(matcher.StringMatch, value))
            : values
                .Append(string.Join(',', values))
                .Concat(
                    values.Where(value => value.Contains(',')).SelectMany(value => value.Split(',')).Select(value => value.Trim(' ', '\t'))
                )
                .Any(value => Text(matcher.StringMatch, value));
    }

    private bool Metadata(Pb.MetadataMatcher matcher)
    {
        var found = matcher.Filter switch
        {
            _ when Claims is null || !Http => [],
            "istio_authn" => Principal(),
            "envoy.filters.http.jwt_authn" => Claim([.. matcher.Path.Skip(1).Select(segment => segment.Key)]),
            _ => [],
        };
        var value = matcher.Value.OrMatch?.ValueMatchers[0] ?? matcher.Value;
        return value.PresentMatch ? found.Length > 0 : found.Any(text => Text(value.StringMatch, text));
    }

    private string[] Principal() => Claim(["iss"]) is [var issuer] && Claim(["sub"]) is [var subject] ? [$"{issuer}/{subject}"] : [];

    private string[] Claim(string[] path)
    {
        using var json = JsonDocument.Parse(Claims!);
        var at = json.RootElement;
        foreach (var name in path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out var inner))
            {
                return [];
            }

            at = inner;
        }

        return at.ValueKind == JsonValueKind.Array ? [.. at.EnumerateArray().Select(item => item.GetString()!)] : [at.ToString()];
    }

    private static bool Text(Pb.StringMatcher matcher, string value)
    {
        var comparison = matcher.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return matcher.MatchPatternCase switch
        {
            Pb.StringMatcher.MatchPatternOneofCase.Exact => string.Equals(value, matcher.Exact, comparison),
            Pb.StringMatcher.MatchPatternOneofCase.Prefix => value.StartsWith(matcher.Prefix, comparison),
            Pb.StringMatcher.MatchPatternOneofCase.Suffix => value.EndsWith(matcher.Suffix, comparison),
            Pb.StringMatcher.MatchPatternOneofCase.Contains => value.Contains(matcher.Contains, comparison),
            _ => Regex.IsMatch(value, $"^(?:{matcher.SafeRegex.Regex})$"),
        };
    }

    private static bool Within(string address, Pb.CidrRange range)
    {
        var (mine, theirs) = (IPAddress.Parse(address), IPAddress.Parse(range.AddressPrefix));
        if (mine.AddressFamily != theirs.AddressFamily)
        {
            return false;
        }

        var (a, b) = (Bits(mine), Bits(theirs));
        return a[..(int)range.PrefixLen!] == b[..(int)range.PrefixLen];

        static string Bits(IPAddress ip) => string.Concat(ip.GetAddressBytes().Select(b => Convert.ToString(b, 2).PadLeft(8, '0')));
    }

    private bool Template(string template)
    {
        var pattern = string.Join(
            '/',
            template
                .Split('/')
                .Select(segment =>
                    segment == "*" ? "[^/]+"
                    : segment == "**" ? ".*"
                    : Regex.Escape(segment)
                )
        );
        return Regex.IsMatch(Path, $"^{pattern}$");
    }
}
