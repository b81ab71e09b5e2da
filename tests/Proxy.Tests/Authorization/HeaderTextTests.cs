using Mesh.Proxy.Configuration;
using Mesh.Proxy.Security.Authorization;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Authorization;

public sealed class HeaderTextTests
{
    [Theory]
    [InlineData("guest", true)]
    [InlineData("guest admin", true)]
    [InlineData("admin guest", true)]
    [InlineData("gues t", false)]
    [InlineData("", false)]
    public void One_line_is_enough_to_refuse(string lines, bool refused) =>
        Assert.Equal(!refused, Allows(Pb.RBAC.Types.Action.Deny, inverted: false, lines));

    [Theory]
    [InlineData("guest", true)]
    [InlineData("guest guest", true)]
    [InlineData("guest admin", false)]
    [InlineData("admin guest", false)]
    [InlineData("", false)]
    public void All_lines_must_fit_to_allow(string lines, bool allowed) =>
        Assert.Equal(allowed, Allows(Pb.RBAC.Types.Action.Allow, inverted: false, lines));

    [Theory]
    [InlineData("guest", true)]
    [InlineData("guest guest", true)]
    [InlineData("guest admin", false)]
    [InlineData("admin guest", false)]
    [InlineData("", false)]
    public void What_is_refused_for_not_being_so_is_refused_for_one_line_that_is_not(string lines, bool allowed) =>
        Assert.Equal(allowed, Allows(Pb.RBAC.Types.Action.Deny, inverted: true, lines));

    [Theory]
    [InlineData("guest", false)]
    [InlineData("admin guest", false)]
    [InlineData("admin", true)]
    [InlineData("", true)]
    public void What_is_allowed_for_not_being_so_has_no_line_that_is(string lines, bool allowed) =>
        Assert.Equal(allowed, Allows(Pb.RBAC.Types.Action.Allow, inverted: true, lines));

    [Theory]
    [InlineData("a,guest", false)]
    [InlineData("guest,\ta", false)]
    [InlineData("a,,guest", false)]
    [InlineData("a,guests", true)]
    [InlineData("a;guest", true)]
    public void What_is_refused_may_stand_in_a_list(string line, bool allowed) =>
        Assert.Equal(allowed, Allows(Pb.RBAC.Types.Action.Deny, inverted: false, line));

    [Theory]
    [InlineData("a,guest", false)]
    [InlineData("guest,a", false)]
    public void What_is_allowed_may_not(string line, bool allowed) =>
        Assert.Equal(allowed, Allows(Pb.RBAC.Types.Action.Allow, inverted: false, line));

    [Theory]
    [InlineData("a=1", false)]
    [InlineData("b=2", false)]
    [InlineData("a=2", true)]
    public void A_cookie_is_refused_wherever_it_stands(string cookie, bool allowed) =>
        Assert.Equal(allowed, Allows(Pb.RBAC.Types.Action.Deny, inverted: false, "a=1;\tb=2", text: cookie, name: "cookie"));

    [Fact]
    public void Lines_are_also_asked_together() =>
        Assert.False(Allows(Pb.RBAC.Types.Action.Deny, inverted: false, "a guest", text: "a,guest"));

    [Theory]
    [InlineData(Pb.RBAC.Types.Action.Allow, true)]
    [InlineData(Pb.RBAC.Types.Action.Deny, false)]
    public void The_crumbs_of_a_cookie_are_one_value(Pb.RBAC.Types.Action action, bool allowed) =>
        Assert.Equal(allowed, Allows(action, inverted: false, "a=1 b=2", text: "a=1; b=2", name: "cookie"));

    private static bool Allows(Pb.RBAC.Types.Action action, bool inverted, string lines, string text = "guest", string name = "x-role")
    {
        var asked = new Pb.Principal
        {
            Header = new()
            {
                Name = name,
                StringMatch = new() { Exact = text },
            },
        };
        var problems = new ProblemList();
        var rules = AccessRulesReader.Read(
            new Pb.RBAC
            {
                Action = action,
                Policies =
                {
                    {
                        "p",
                        new Pb.Policy
                        {
                            Permissions = { new Pb.Permission { Any = true } },
                            Principals = { inverted ? new() { NotId = asked } : asked },
                        }
                    },
                },
            },
            "rules",
            problems
        );
        Assert.Empty(problems.Problems);
        var head = AccessSubjects.Head(headers: [.. lines.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(line => (name, line))]);
        return rules!.Allows(AccessSubjects.Of(head), out AccessPolicy? _);
    }
}
