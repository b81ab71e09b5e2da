using Mesh.Injector.Deciding;
using Mesh.Injector.Files;
using Mesh.Injector.Settings;

namespace Mesh.Injector.Tests.Files;

/// <summary>What files may hold beside single workloads.</summary>
public sealed class InjectedFileTests
{
    [Theory]
    [InlineData("{kind: List, items: [{kind: Pod, metadata: {name: a}, spec: {containers: [{name: a}]}}]}")]
    [InlineData("{kind: PodList, items: [{metadata: {name: a}, spec: {containers: [{name: a}]}}]}")]
    [InlineData("{kind: DeploymentList, items: [{metadata: {name: a}, spec: {template: {spec: {containers: [{name: a}]}}}}]}")]
    [InlineData("{kind: PodTemplate, metadata: {name: a}, template: {spec: {containers: [{name: a}]}}}")]
    public void Every_pod_that_a_file_describes_is_injected(string yaml)
    {
        var file = Make(yaml);
        Assert.Empty(file.Problems);
        Assert.Contains("name: istio-proxy", file.Text, StringComparison.Ordinal);
        Assert.Equal(file.Text, Make(file.Text).Text);
    }

    [Fact]
    public void Workloads_of_an_unknown_kind_are_named_and_stay_as_they_are()
    {
        const string Rollout =
            "kind: Rollout\nmetadata: {name: a, namespace: shop}\nspec: {template: {spec: {containers: [{name: a}]}}} # as it is\n";
        var file = Make(Rollout);
        Assert.Equal(Rollout, file.Text);
        Assert.StartsWith("Rollout shop/a: left alone", Assert.Single(file.Notes), StringComparison.Ordinal);
    }

    private static InjectedFile Make(string yaml) =>
        InjectedFile.Make(
            "a.yaml",
            yaml,
            "default",
            new(InjectionSettings.Default, Revisions.Default, ServerIsNative: true),
            new Dictionary<string, IReadOnlyDictionary<string, string>>()
        );
}
