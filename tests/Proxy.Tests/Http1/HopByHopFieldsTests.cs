using System.Text;
using Mesh.Proxy.Http1;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Http1;

public sealed class HopByHopFieldsTests
{
    [Fact]
    public void What_the_client_lists_is_gone_but_framing_addressing_and_what_proxies_add()
    {
        const string Listed = "close, X-User, te, host, x-forwarded-for";
        var head = Head(
            "shop",
            "/",
            ("x-user", "root"),
            ("connection", Listed),
            ("te", "trailers"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-other", "1"),
            ("x-user", "admin")
        );
        var (options, fields) = (Http1ConnectionOptions.None, 0UL);
        ConnectionFields.Read(Encoding.ASCII.GetBytes(Listed), ref options, ref fields);

        HopByHopFields.RemoveListed(head, Http1HeadFacts.None with { Options = options, ListedFields = fields });

        Assert.Equal(
            ["connection", "te", "x-forwarded-for", "x-other"],
            Enumerable.Range(0, head.HeaderCount).Select(i => Encoding.ASCII.GetString(head.HeaderName(i)))
        );
    }
}
