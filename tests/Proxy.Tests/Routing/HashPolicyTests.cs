using System.Collections.Immutable;
using System.Net;
using System.Text;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream.Balancing;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing;

public sealed class HashPolicyTests
{
    private static readonly IPEndPoint Client = IPEndPoint.Parse("10.1.2.3:4711");
    private static readonly IPEndPoint Here = IPEndPoint.Parse("10.9.9.9:80");

    [Fact]
    public void A_header_is_hashed_by_its_value_and_an_absent_one_by_nothing()
    {
        var policy = Policy(Header("x-user"));

        Assert.Equal(Of("jason"), Hash(policy, Head("h", "/", ("X-User", "jason"))));
        Assert.Equal(Of(""), Hash(policy, Head("h", "/", ("X-User", ""))));
        Assert.Equal(default, Hash(policy, Head("h", "/")));
    }

    [Theory]
    [InlineData("/?user=jason&user=other", "jason")]
    [InlineData("/?a=1&user=%6Aason", "%6Aason")]
    [InlineData("/?user", "")]
    [InlineData("/?users=x", null)]
    public void A_query_parameter_is_hashed_by_its_first_raw_value(string target, string? value)
    {
        var policy = Policy(new HashTerm { Kind = HashTermKind.QueryParameter, Name = "user" });

        Assert.Equal(value is null ? default : Of(value), Hash(policy, Head("h", target)));
    }

    [Theory]
    [InlineData("session=abc", "abc")]
    [InlineData("a=b; session=\"abc\"; c=d", "abc")]
    [InlineData("xsession=abc", null)]
    [InlineData("session=", null)]
    public void A_cookie_is_hashed_by_its_value(string cookie, string? value)
    {
        var policy = Policy(new HashTerm { Kind = HashTermKind.Cookie, Name = "session" });

        Assert.Equal(value is null ? default : Of(value), Hash(policy, Head("h", "/", ("cookie", cookie))));
    }

    [Fact]
    public void The_source_is_hashed_by_its_address_in_whatever_form_the_socket_has_it()
    {
        var policy = Policy(new HashTerm { Kind = HashTermKind.SourceIp });
        var head = Head("h", "/");

        Assert.Equal(Of("10.1.2.3"), policy.Compute(head, Client, Here, out _));
        Assert.Equal(Of("10.1.2.3"), policy.Compute(head, new IPEndPoint(Client.Address.MapToIPv6(), 1), Here, out _));
        Assert.Equal(Of("2001:db8::1"), policy.Compute(head, IPEndPoint.Parse("[2001:db8::1]:1"), Here, out _));
    }

    [Fact]
    public void A_missing_cookie_is_made_and_brings_the_same_hash_back()
    {
        var policy = Policy(
            new HashTerm
            {
                Kind = HashTermKind.Cookie,
                Name = "session",
                CookieTtl = TimeSpan.FromMinutes(2),
                CookiePath = "/shop",
                CookieAttributes = "; SameSite=Strict; Secure",
            }
        );

        var first = policy.Compute(Head("h", "/"), Client, Here, out var cookies);
        var edit = Assert.Single(cookies.Edits);

        Assert.Equal((HeaderEditKind.Add, "set-cookie"), (edit.Kind, edit.Name));
        Assert.Matches("^session=\"[0-9a-f]{16}\"; Max-Age=120; Path=/shop; SameSite=Strict; Secure; HttpOnly$", edit.Value);
        var returned = Head("h", "/", ("cookie", edit.Value.Split(';')[0]));
        Assert.Equal(first, policy.Compute(returned, IPEndPoint.Parse("10.7.7.7:1"), Here, out cookies));
        Assert.True(cookies.IsEmpty);
    }

    [Fact]
    public void Requests_that_race_on_a_connection_get_the_same_cookie_and_other_connections_another()
    {
        var policy = Policy(
            new HashTerm
            {
                Kind = HashTermKind.Cookie,
                Name = "session",
                CookieTtl = TimeSpan.Zero,
            }
        );

        policy.Compute(Head("h", "/a"), Client, Here, out var first);
        policy.Compute(Head("h", "/b"), Client, Here, out var second);
        policy.Compute(Head("h", "/"), new IPEndPoint(Client.Address, 1), Here, out var other);

        Assert.Equal(first.Edits[0].Value, second.Edits[0].Value);
        Assert.NotEqual(first.Edits[0].Value, other.Edits[0].Value);
        // A lifetime of zero is the browser's session.
        Assert.DoesNotContain("Max-Age", first.Edits[0].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_terms_make_one_hash_in_their_order()
    {
        var both = Policy(Header("a"), Header("b"));
        var head = Head("h", "/", ("a", "1"), ("b", "2"));

        Assert.Equal(new RequestHash(ulong.RotateLeft(Of("1").Value, 1) ^ Of("2").Value), Hash(both, head));
        Assert.NotEqual(Hash(both, head), Hash(Policy(Header("b"), Header("a")), head));
        Assert.Equal(Of("2"), Hash(both, Head("h", "/", ("b", "2"))));
    }

    [Fact]
    public void A_terminal_term_ends_the_policy_where_something_was_found()
    {
        var policy = Policy(Header("a", terminal: true), Header("b"));

        Assert.Equal(Of("1"), Hash(policy, Head("h", "/", ("a", "1"), ("b", "2"))));
        Assert.Equal(Of("2"), Hash(policy, Head("h", "/", ("b", "2"))));
    }

    [Fact]
    public void Hashing_allocates_nothing()
    {
        var policy = Policy(
            Header("x-user"),
            new HashTerm
            {
                Kind = HashTermKind.Cookie,
                Name = "session",
                CookieTtl = TimeSpan.Zero,
            },
            new HashTerm { Kind = HashTermKind.QueryParameter, Name = "q" },
            new HashTerm { Kind = HashTermKind.SourceIp }
        );
        var head = Head("h", "/?q=1", ("x-user", "jason"), ("cookie", "session=abc"));

        RoutingAllocationTests.AssertNoAllocation(() => policy.Compute(head, Client, Here, out _));
    }

    private static HashPolicy Policy(params ImmutableArray<HashTerm> terms) => new(terms);

    private static HashTerm Header(string name, bool terminal = false) =>
        new()
        {
            Kind = HashTermKind.Header,
            Name = name,
            Terminal = terminal,
        };

    private static RequestHash Hash(HashPolicy policy, RequestHead head) => policy.Compute(head, Client, Here, out _);

    private static RequestHash Of(string value) => new(XxHash64.Of(Encoding.UTF8.GetBytes(value)));
}
