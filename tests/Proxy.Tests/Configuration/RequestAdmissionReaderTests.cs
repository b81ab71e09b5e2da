using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Routing.NormalForm;
using Mesh.Proxy.Security.Tokens;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Configuration;

/// <summary>What a connection manager says about paths, peers and tokens.</summary>
public sealed class RequestAdmissionReaderTests
{
    [Fact]
    public void Istio_s_levels_are_read_as_forms()
    {
        Assert.Equal(RequestForm.AsReceived, Form(new Pb.HttpConnectionManager()));
        Assert.Equal(PathForm.Normalize, Form(new() { NormalizePath = true }).Path);
        Assert.Equal(PathForm.Normalize | PathForm.MergeSlashes, Form(new() { NormalizePath = true, MergeSlashes = true }).Path);
        Assert.Equal(
            PathForm.Normalize | PathForm.MergeSlashes | PathForm.DecodeSlashes,
            Form(
                new()
                {
                    NormalizePath = true,
                    MergeSlashes = true,
                    PathWithEscapedSlashesAction = Pb.HttpConnectionManager.Types.PathWithEscapedSlashesAction.UnescapeAndForward,
                }
            ).Path
        );
        Assert.Equal(
            PathForm.RefuseEscapedSlashes,
            Form(new() { PathWithEscapedSlashesAction = Pb.HttpConnectionManager.Types.PathWithEscapedSlashesAction.RejectRequest }).Path
        );
        Assert.True(
            Form(new() { ForwardClientCertDetails = Pb.HttpConnectionManager.Types.ForwardClientCertDetails.AppendForward }).NamesPeers
        );
    }

    [Fact]
    public void What_cannot_be_kept_is_named()
    {
        var problems = new ProblemList();
        RequestFormReader.Read(
            new()
            {
                PathWithEscapedSlashesAction = Pb.HttpConnectionManager.Types.PathWithEscapedSlashesAction.UnescapeAndRedirect,
                ForwardClientCertDetails = Pb.HttpConnectionManager.Types.ForwardClientCertDetails.AlwaysForwardOnly,
            },
            problems
        );
        Assert.Contains("path_with_escaped_slashes_action", Text(problems), StringComparison.Ordinal);
        Assert.Contains("forward_client_cert_details", Text(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_that_are_optional_are_read_with_all_their_settings()
    {
        var filter = Filter(
            (
                "one",
                new Pb.JwtProvider
                {
                    Issuer = "a",
                    Audiences = { "shop" },
                    LocalJwks = new() { InlineString = """{"keys":[]}""" },
                    Forward = true,
                    FromHeaders =
                    {
                        new Pb.JwtHeader { Name = "X-Token", ValuePrefix = "Token " },
                    },
                    FromParams = { "t" },
                    FromCookies = { "c" },
                    ForwardPayloadHeader = "x-payload",
                    ClockSkewSeconds = 5,
                    ClaimToHeaders =
                    {
                        new Pb.JwtClaimToHeader { HeaderName = "X-User", ClaimName = "sub" },
                    },
                    NormalizePayloadInMetadata = new() { SpaceDelimitedClaims = { "scope" } },
                }
            )
        );
        filter.BypassCorsPreflight = true;

        var provider = Assert.Single(Read(filter, out var problems)!.Providers);

        Assert.True(problems.IsEmpty, Text(problems));
        Assert.Equal("a", provider.Issuer);
        Assert.Equal(["shop"], provider.Audiences.ToArray());
        Assert.True(provider.Forwards);
        Assert.Equal(
            [
                new TokenLocation(TokenPlace.Header, "x-token", "Token "),
                new TokenLocation(TokenPlace.Parameter, "t"),
                new TokenLocation(TokenPlace.Cookie, "c"),
            ],
            provider.Locations.ToArray()
        );
        Assert.Equal("x-payload", provider.PayloadHeader);
        Assert.Equal(TimeSpan.FromSeconds(5), provider.Skew);
        Assert.Equal(("x-user", "sub"), (provider.ClaimHeaders[0].Header, provider.ClaimHeaders[0].Claim));
        Assert.Equal(["scope"], provider.WordedClaims.ToArray());
        Assert.Empty(provider.Keys.Keys);
    }

    [Fact]
    public void Tokens_of_several_issuers_are_read()
    {
        var rules = Read(Filter(("b", Keyed("two")), ("a", Keyed("one"))), out var problems)!;

        Assert.True(problems.IsEmpty, Text(problems));
        Assert.Equal(["one", "two"], rules.Providers.Select(provider => provider.Issuer));
        Assert.Equal([TokenLocation.Bearer, TokenLocation.AccessToken], rules.Providers[0].Locations.ToArray());
        Assert.Equal(TokenProvider.DefaultSkew, rules.Providers[0].Skew);
    }

    [Fact]
    public void A_requirement_of_another_shape_is_refused_rather_than_weakened()
    {
        var required = Filter(("a", Keyed("one")));
        required.Rules[0].Requires = new() { ProviderName = "a" };
        var failing = Filter(("a", Keyed("one")));
        failing.Rules[0].Requires.RequiresAny.Requirements[1] = new() { AllowMissingOrFailed = new() };
        var onlySome = Filter(("a", Keyed("one")));
        onlySome.Rules[0].Match = new() { Prefix = "/api" };
        var forgotten = Filter(("a", Keyed("one")));
        forgotten.Providers.Add("b", Keyed("two"));
        var none = Filter(("a", Keyed("one")));
        none.Rules.Clear();
        foreach (var filter in new[] { required, failing, onlySome, forgotten, none })
        {
            Read(filter, out var problems);
            Assert.Contains("rules", Text(problems), StringComparison.Ordinal);
        }

        Read(Filter(("a", new Pb.JwtProvider { Issuer = "a", RemoteJwks = new() })), out var remote);
        Assert.Contains("providers[a].jwks_source_specifier", Text(remote), StringComparison.Ordinal);
    }

    [Fact]
    public void A_route_asks_for_a_claim_as_istio_writes_it_and_for_no_other_metadata()
    {
        var either = new Pb.StringMatcher { Prefix = "dev" };
        var matcher = new Pb.MetadataMatcher
        {
            Filter = ExtensionNames.JwtAuthentication,
            Path =
            {
                new Pb.MetadataMatcher.Types.PathSegment { Key = "payload" },
                new Pb.MetadataMatcher.Types.PathSegment { Key = "group" },
            },
            Value = new()
            {
                OrMatch = new()
                {
                    ValueMatchers =
                    {
                        new Pb.ValueMatcher { StringMatch = either },
                        new Pb.ValueMatcher { ListMatch = new() { OneOf = new() { StringMatch = either } } },
                    },
                },
            },
            Invert = true,
        };
        var problems = new ProblemList();
        Assert.Equal("not: claim 'group' begins with 'dev'", ClaimConditionReader.Read(matcher, problems)!.ToString());
        Assert.True(problems.IsEmpty, Text(problems));

        matcher.Filter = "envoy.filters.http.other";
        Assert.Null(ClaimConditionReader.Read(matcher, problems));
        Assert.Contains("envoy.filters.http.other", Text(problems), StringComparison.Ordinal);
    }

    private static Pb.JwtProvider Keyed(string issuer) =>
        new()
        {
            Issuer = issuer,
            LocalJwks = new() { InlineString = """{"keys":[]}""" },
        };

    private static Pb.JwtAuthentication Filter(params (string Name, Pb.JwtProvider Provider)[] providers)
    {
        var filter = new Pb.JwtAuthentication();
        foreach (var (name, provider) in providers)
        {
            filter.Providers.Add(name, provider);
        }

        var optional = providers
            .Select(item => new Pb.JwtRequirement
            {
                RequiresAny = new()
                {
                    Requirements =
                    {
                        new Pb.JwtRequirement { ProviderName = item.Name },
                        new Pb.JwtRequirement { AllowMissing = new() },
                    },
                },
            })
            .ToList();
        filter.Rules.Add(
            new Pb.RequirementRule
            {
                Match = new() { Prefix = "/" },
                Requires =
                    optional.Count == 1
                        ? optional[0]
                        : new()
                        {
                            RequiresAny = new()
                            {
                                Requirements =
                                {
                                    providers.Select(item => new Pb.JwtRequirement { ProviderName = item.Name }),
                                    new Pb.JwtRequirement { RequiresAll = new() { Requirements = { optional } } },
                                },
                            },
                        },
            }
        );
        return filter;
    }

    private static TokenRules? Read(Pb.JwtAuthentication filter, out ProblemList problems)
    {
        problems = new ProblemList();
        return TokenRulesReader.Read(
            [new Pb.HttpFilter { Name = ExtensionNames.JwtAuthentication, TypedConfig = Any.Pack(filter) }],
            problems
        );
    }

    private static string Text(ProblemList problems) => string.Join('\n', problems.Problems);

    private static RequestForm Form(Pb.HttpConnectionManager manager)
    {
        var problems = new ProblemList();
        var form = RequestFormReader.Read(manager, problems);
        Assert.True(problems.IsEmpty, Text(problems));
        return form;
    }
}
