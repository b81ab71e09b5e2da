using System.Text.Json.Nodes;
using Mesh.Injector.Deciding;
using Mesh.Injector.Settings;

namespace Mesh.Injector.Tests.Deciding;

/// <summary>The table of <see cref="InjectionDecision"/>, line by line.</summary>
public sealed class InjectionDecisionTests
{
    // namespace labels | pod labels | revision of the injector, tags | injected?
    [Theory]
    [InlineData("istio-injection=enabled", "", "default", nameof(SkipReason.None))]
    [InlineData("istio-injection=enabled", "", "canary", nameof(SkipReason.OtherRevision))]
    [InlineData("istio-injection=enabled", "", "canary,default", nameof(SkipReason.None))]
    [InlineData("istio-injection=enabled,istio.io/rev=canary", "", "default", nameof(SkipReason.None))]
    [InlineData("istio-injection=enabled,istio.io/rev=canary", "", "canary", nameof(SkipReason.OtherRevision))]
    [InlineData("istio-injection=enabled", "sidecar.istio.io/inject=false", "default", nameof(SkipReason.PodDisabled))]
    [InlineData("istio-injection=disabled", "sidecar.istio.io/inject=true", "default", nameof(SkipReason.NamespaceDisabled))]
    [InlineData("istio-injection=", "", "default", nameof(SkipReason.NamespaceDisabled))]
    [InlineData("istio.io/rev=canary", "", "canary", nameof(SkipReason.None))]
    [InlineData("istio.io/rev=canary", "", "default", nameof(SkipReason.OtherRevision))]
    [InlineData("istio.io/rev=prod", "", "canary,prod", nameof(SkipReason.None))]
    [InlineData("istio.io/rev=canary", "istio.io/rev=default", "default", nameof(SkipReason.OtherRevision))]
    [InlineData("istio.io/rev=canary", "sidecar.istio.io/inject=false", "canary", nameof(SkipReason.PodDisabled))]
    [InlineData("", "istio.io/rev=canary", "canary", nameof(SkipReason.None))]
    [InlineData("", "istio.io/rev=canary", "default", nameof(SkipReason.OtherRevision))]
    [InlineData("", "istio.io/rev=canary,sidecar.istio.io/inject=false", "canary", nameof(SkipReason.PodDisabled))]
    [InlineData("", "sidecar.istio.io/inject=true", "default", nameof(SkipReason.None))]
    [InlineData("", "sidecar.istio.io/inject=true", "canary", nameof(SkipReason.OtherRevision))]
    [InlineData("", "", "default", nameof(SkipReason.NamespaceNotOptedIn))]
    [InlineData("unknown", "", "canary", nameof(SkipReason.None))]
    [InlineData("unknown", "sidecar.istio.io/inject=false", "canary", nameof(SkipReason.PodDisabled))]
    public void Who_gets_a_sidecar(string ns, string pod, string revisions, string expected) =>
        Assert.Equal(expected, Decide(ns, pod, revisions, InjectionSettings.Default).Reason.ToString());

    // The API server's selectors see labels only.
    [Theory]
    [InlineData("", nameof(SkipReason.NamespaceNotOptedIn))]
    [InlineData("istio-injection=enabled", nameof(SkipReason.None))]
    public void An_annotation_alone_opts_no_namespace_in(string ns, string expected) =>
        Assert.Equal(expected, Decide(ns, Pod("""{"metadata":{"annotations":{"sidecar.istio.io/inject":"true"}}}""")).Reason.ToString());

    [Theory]
    [InlineData("""{"spec":{"os":{"name":"windows"}}}""", nameof(SkipReason.Windows))]
    [InlineData("""{"spec":{"nodeSelector":{"kubernetes.io/os":"windows"}}}""", nameof(SkipReason.Windows))]
    [InlineData("""{"spec":{"os":{"name":"linux"},"nodeSelector":{"kubernetes.io/os":"linux"}}}""", nameof(SkipReason.None))]
    [InlineData("""{"spec":{"os":"windows","nodeSelector":["windows"]}}""", nameof(SkipReason.None))]
    public void Pods_for_Windows_are_left_alone(string pod, string expected) =>
        Assert.Equal(expected, Decide("istio-injection=enabled", Pod(pod)).Reason.ToString());

    [Theory]
    [InlineData("", nameof(SkipReason.None))]
    [InlineData("sidecar.istio.io/inject=false", nameof(SkipReason.PodDisabled))]
    public void Namespaces_that_say_nothing_may_be_opted_in_by_the_settings(string pod, string expected) =>
        Assert.Equal(
            expected,
            Decide("", pod, "default", InjectionSettings.Default with { EnableNamespacesByDefault = true }).Reason.ToString()
        );

    [Theory]
    [InlineData("team=a", nameof(SkipReason.NeverInject))]
    [InlineData("team=a,sidecar.istio.io/inject=true", nameof(SkipReason.None))]
    [InlineData("team=b", nameof(SkipReason.None))]
    public void A_pod_that_is_never_injected_may_ask_for_it_nevertheless(string pod, string expected) =>
        Assert.Equal(
            expected,
            Decide("istio-injection=enabled", pod, "default", Read("neverInjectSelector: [{matchLabels: {team: a}}]")).Reason.ToString()
        );

    [Theory]
    [InlineData("", nameof(SkipReason.Disabled))]
    [InlineData("team=a", nameof(SkipReason.None))]
    [InlineData("sidecar.istio.io/inject=true", nameof(SkipReason.None))]
    public void Where_injection_is_disabled_pods_have_to_ask(string pod, string expected)
    {
        var settings = Read("{enabled: false, alwaysInjectSelector: [{matchExpressions: [{key: team, operator: In, values: [a]}]}]}");
        Assert.Equal(expected, Decide("istio-injection=enabled", pod, "default", settings).Reason.ToString());
    }

    [Fact]
    public void An_empty_selector_picks_nobody() =>
        Assert.Equal(
            nameof(SkipReason.None),
            Decide("istio-injection=enabled", "", "default", Read("neverInjectSelector: [{}]")).Reason.ToString()
        );

    [Fact]
    public void Every_reason_has_a_name_and_a_sentence_of_its_own()
    {
        var reasons = Enum.GetValues<SkipReason>();
        Assert.Equal(reasons.Length, reasons.Select(SkipReasons.Id).Distinct().Count());
        Assert.Equal(reasons.Length, reasons.Select(SkipReasons.Sentence).Distinct().Count());
    }

    private static InjectionDecision Decide(string ns, string pod, string revisions, InjectionSettings settings)
    {
        var value = new JsonObject
        {
            ["metadata"] = new JsonObject { ["labels"] = Json(pod) },
            ["spec"] = new JsonObject(),
        };
        var names = revisions.Split(',');
        var labels = ns == "unknown" ? null : Json(ns).ToDictionary(entry => entry.Key, entry => (string)entry.Value!);
        return InjectionDecision.Of(PodFacts.Of(value, []), "shop", labels, new(names[0], [.. names[1..]]), settings);
    }

    private static InjectionDecision Decide(string ns, PodFacts pod) =>
        InjectionDecision.Of(
            pod,
            "shop",
            Json(ns).ToDictionary(entry => entry.Key, entry => (string)entry.Value!),
            Revisions.Default,
            InjectionSettings.Default
        );

    private static PodFacts Pod(string json) => PodFacts.Of((JsonObject)JsonNode.Parse(json)!, []);

    private static JsonObject Json(string labels) =>
        new(
            labels
                .Split(',', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => l.Split('='))
                .Select(l => KeyValuePair.Create(l[0], (JsonNode?)l[1]))
        );

    private static InjectionSettings Read(string yaml)
    {
        var (settings, problems) = SettingsReader.Read(yaml);
        Assert.Empty(problems);
        return settings;
    }
}
