using System.Collections.Immutable;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Authorization;

/// <summary>Random policies and requests from small alphabets, so that they meet often.</summary>
internal sealed class RandomAccess(Random random)
{
    private static readonly string[] Paths = ["/", "/a", "/a/", "/a/b", "/a/b/c", "/b", "/b/a/x", "/a//b", "/x", "/a/c"];
    private static readonly string[] Hosts = ["a.x", "b.x", "a.b.x", "x"];
    private static readonly string[] Peers =
    [
        "spiffe://td/ns/a/sa/one",
        "spiffe://td/ns/b/sa/one",
        "spiffe://td/ns/a/sa/two",
        "spiffe://other/ns/ab/sa/one",
        "spiffe://td/odd",
    ];
    private static readonly string[] Addresses = ["10.0.0.1", "10.0.1.1", "10.1.0.1", "192.0.2.1", "2001:db8::1", "2001:db9::1"];
    private static readonly string[] Tokens =
    [
        """{"iss":"i","sub":"s"}""",
        """{"iss":"i","sub":"t","aud":["a","b"],"azp":"p","groups":{"in":["a","b"]}}""",
        """{"iss":"j","sub":"s","aud":"a","groups":{"in":"b"}}""",
        """{"sub":"s"}""",
    ];

    public NaiveAccess Subject() =>
        new()
        {
            Http = random.Next(5) > 0,
            Method = Pick("GET", "POST", "PUT"),
            Host = Pick(Hosts),
            HostPort = random.Next(3) == 0 ? 80 : 0,
            Path = Pick(Paths),
            Headers =
            [
                .. Enumerable.Range(0, random.Next(3)).Select(_ => (Pick("x-a", "x-b"), Pick("1", "2", "12"))),
                .. random.Next(3) == 0 ? [("x-forwarded-for", $"1.1.1.1, {Pick(Addresses)}")] : Array.Empty<(string, string)>(),
                .. random.Next(9) == 0 ? [("x-forwarded-for", "not an address")] : Array.Empty<(string, string)>(),
            ],
            Peer = random.Next(3) == 0 ? null : Pick(Peers),
            Source = Pick(Addresses),
            Destination = Pick(Addresses),
            Port = random.Next(80, 83),
            ServerName = random.Next(3) == 0 ? null : Pick(Hosts),
            Claims = random.Next(3) == 0 ? null : Pick(Tokens),
        };

    public Pb.RBAC Rules()
    {
        var rules = new Pb.RBAC { Action = Pick(Pb.RBAC.Types.Action.Allow, Pb.RBAC.Types.Action.Deny, Pb.RBAC.Types.Action.Log) };
        for (var i = 0; i < random.Next(4); i++)
        {
            rules.Policies.Add(
                i.ToString(CultureInfo.InvariantCulture),
                new Pb.Policy { Permissions = { Some(() => Permission(2)) }, Principals = { Some(() => Principal(2)) } }
            );
        }

        return rules;
    }

    private ImmutableArray<T> Some<T>(Func<T> make) => [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => make())];

    private Pb.Permission Permission(int depth) =>
        random.Next(depth > 0 ? 13 : 10) switch
        {
            0 => new() { Any = true },
            1 or 2 => new() { UrlPath = new() { Path = Text(Paths) } },
            3 => new() { Header = Header(":method", "GET", "POST") },
            4 => new() { Header = Header(":authority", [.. Hosts, "a.x:80"]) },
            5 => new() { DestinationPort = (uint)random.Next(80, 83) },
            6 => new() { DestinationIp = Range() },
            7 => new() { RequestedServerName = Text(Hosts) },
            8 => new()
            {
                UriTemplate = new()
                {
                    TypedConfig = Any.Pack(
                        new Pb.UriTemplateMatchConfig { PathTemplate = Pick("/*", "/**", "/a/*", "/a/**", "/*/b", "/**/x", "/*/**/c") }
                    ),
                },
            },
            9 => new() { Metadata = Metadata() },
            10 => new() { NotRule = Permission(depth - 1) },
            11 => new() { AndRules = new() { Rules = { Some(() => Permission(depth - 1)) } } },
            _ => new() { OrRules = new() { Rules = { Some(() => Permission(depth - 1)) } } },
        };

    private Pb.Principal Principal(int depth) =>
        random.Next(depth > 0 ? 10 : 7) switch
        {
            0 => new() { Any = true },
            1 or 2 => new() { Authenticated = new() { PrincipalName = random.Next(5) == 0 ? null : Text([.. Peers, "/ns/a/", "sa/one"]) } },
            3 => new() { DirectRemoteIp = Range() },
            4 => new() { RemoteIp = Range() },
            5 => new() { Header = Header(Pick("x-a", "x-b"), "1", "2", "12", "1,2") },
            6 => new() { Metadata = Metadata() },
            7 => new() { NotId = Principal(depth - 1) },
            8 => new() { AndIds = new() { Ids = { Some(() => Principal(depth - 1)) } } },
            _ => new() { OrIds = new() { Ids = { Some(() => Principal(depth - 1)) } } },
        };

    private Pb.HeaderMatcher Header(string name, params string[] values) =>
        random.Next(4) == 0
            ? new() { Name = name, PresentMatch = true }
            : new() { Name = name, StringMatch = Text(values, ignoreCase: name[0] == ':' && name[1] == 'a') };

    private Pb.StringMatcher Text(string[] values, bool ignoreCase = false)
    {
        var value = Pick(values);
        var part = value[..random.Next(1, value.Length + 1)];
        return random.Next(6) switch
        {
            0 => new() { Prefix = part, IgnoreCase = ignoreCase },
            1 => new() { Suffix = value[random.Next(value.Length)..], IgnoreCase = ignoreCase },
            2 => new() { Contains = part, IgnoreCase = ignoreCase },
            3 => new() { SafeRegex = new() { Regex = Pick(".+", ".*a.*", "[^/]*") } },
            _ => new() { Exact = ignoreCase ? value.ToUpperInvariant() : value, IgnoreCase = ignoreCase },
        };
    }

    private Pb.CidrRange Range()
    {
        var address = Pick(Addresses);
        return new()
        {
            AddressPrefix = address,
            PrefixLen = (uint)(address.Contains(':') ? Pick(0, 16, 31, 32, 128) : Pick(0, 8, 16, 23, 24, 32)),
        };
    }

    private Pb.MetadataMatcher Metadata()
    {
        var (filter, path) = random.Next(6) switch
        {
            0 => ("istio_authn", new[] { "request.auth.principal" }),
            1 => ("envoy.filters.http.jwt_authn", ["payload", "aud"]),
            2 => ("envoy.filters.http.jwt_authn", ["payload", "azp"]),
            3 => ("envoy.filters.http.jwt_authn", ["payload", "groups", "in"]),
            4 => ("envoy.filters.http.jwt_authn", ["payload", "sub"]),
            _ => ("envoy.filters.network.mysql_proxy", ["a.b"]),
        };
        var matcher = new Pb.MetadataMatcher { Filter = filter, Value = Value(Text(["a", "b", "i/s", "j/s", "p", "s"]), filter) };
        matcher.Path.AddRange(path.Select(key => new Pb.MetadataMatcher.Types.PathSegment { Key = key }));
        return matcher;
    }

    private Pb.ValueMatcher Value(Pb.StringMatcher text, string filter) =>
        random.Next(4) == 0 ? new() { PresentMatch = true }
        : filter == "istio_authn" ? new() { StringMatch = text }
        : new()
        {
            OrMatch = new()
            {
                ValueMatchers =
                {
                    new Pb.ValueMatcher { StringMatch = text },
                    new Pb.ValueMatcher { ListMatch = new() { OneOf = new() { StringMatch = text } } },
                },
            },
        };

    private T Pick<T>(params T[] values) => values[random.Next(values.Length)];
}
