using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Tests.Translation;

/// <summary>Which PeerAuthentication counts for a workload.</summary>
public sealed class PeerLookupTests
{
    private const string Root = "istio-system";

    private static readonly Labels Till = Labels.From([KeyValuePair.Create("app", "till")]);

    [Fact]
    public void Nobody_says_anything_and_both_are_taken() => Assert.Equal("Permissive", Of());

    [Fact]
    public void The_mesh_counts_where_no_narrower_scope_says_something() => Assert.Equal("Strict", Of(Rule(Root, PeerMode.Strict)));

    [Fact]
    public void The_namespace_counts_before_the_mesh() =>
        Assert.Equal("Disable", Of(Rule(Root, PeerMode.Strict), Rule("shop", PeerMode.Disable), Rule("other", PeerMode.Strict)));

    [Fact]
    public void The_workload_counts_before_its_namespace() =>
        Assert.Equal("Permissive", Of(Rule("shop", PeerMode.Strict), Rule("shop", PeerMode.Permissive, "till")));

    [Fact]
    public void Labels_of_other_workloads_and_namespaces_do_not_count() =>
        Assert.Equal(
            "Strict",
            Of(Rule("shop", PeerMode.Strict), Rule("shop", PeerMode.Disable, "stock"), Rule("other", PeerMode.Disable, "till"))
        );

    [Fact]
    public void What_is_unset_is_the_wider_scopes()
    {
        Assert.Equal("Strict", Of(Rule(Root, PeerMode.Strict), Rule("shop", null), Rule("shop", null, "till")));
        Assert.Equal("Strict,80=Disable", Of(Rule(Root, PeerMode.Strict), Rule("shop", null, "till", (80, PeerMode.Disable), (81, null))));
    }

    [Fact]
    public void Of_one_scope_the_first_counts() =>
        Assert.Equal("Strict", Of(Rule("shop", PeerMode.Strict, "till"), Rule("shop", PeerMode.Disable, "till")));

    [Fact]
    public void A_selector_in_the_root_namespace_is_for_that_namespace() =>
        Assert.Equal("Permissive", Of(Rule(Root, PeerMode.Strict, "till")));

    private static string Of(params PeerRule[] rules) => PeerIndex.Build([.. rules], Root).For("shop", Till).ToString();

    private static PeerRule Rule(string ns, PeerMode? mode, string? app = null, params (int Port, PeerMode? Mode)[] ports) =>
        new(
            ns,
            "rule",
            app is null ? Labels.Empty : Labels.From([KeyValuePair.Create("app", app)]),
            mode,
            ports.ToImmutableSortedDictionary(port => port.Port, port => port.Mode),
            new SourceRef("PeerAuthentication", ns, "rule", "in.yaml", 1)
        );
}
