using System.Text;
using System.Text.Json.Nodes;
using Mesh.Injector.Deciding;
using Mesh.Injector.Files;
using Mesh.Tests;

namespace Mesh.Injector.Tests.Goldens;

/// <summary>One folder a pod: what was written, and what becomes of it.</summary>
public sealed class InjectionGoldenTests
{
    private static readonly string Folder = Path.Combine(Peers.ProjectDirectory, "Goldens", "testdata");

    public static IEnumerable<object[]> Cases() => Golden.Cases(Folder);

    public static string PathOf(string name) => Path.Combine(Folder, name);

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_pod_becomes_what_its_folder_says(string name)
    {
        var folder = Path.Combine(Folder, name);
        var outcome = GoldenCase.Read(folder).Inject(out var written);
        Golden.Check(
            folder,
            ("out.patch.json", Patch(outcome)),
            ("out.yaml", outcome.IsInjected ? YamlText.Of(written) : ""),
            ("out.notes.txt", Notes(outcome))
        );
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Injecting_again_changes_nothing(string name)
    {
        var given = GoldenCase.Read(Path.Combine(Folder, name));
        var outcome = given.Inject(out _);
        var again = given.Injection.Of(outcome.Pod, given.Namespace, given.Labels, given.Workload);

        Assert.Empty(again.Operations);
        Assert.True(JsonNode.DeepEquals(outcome.Pod, again.Pod));
    }

    [Fact]
    public void There_are_at_least_forty() => Assert.True(Cases().Count() >= 40);

    private static string Patch(InjectionOutcome outcome) =>
        outcome.Operations.Length == 0 ? "" : PatchText.Of(outcome, indented: true) + "\n";

    private static string Notes(InjectionOutcome outcome)
    {
        var notes = new StringBuilder();
        notes.Append(
            outcome.IsRefused ? "refused\n"
            : outcome.IsInjected ? "injected\n"
            : $"left alone: {SkipReasons.Sentence(outcome.Reason)}\n"
        );
        foreach (var problem in outcome.Problems)
        {
            notes.Append($"problem: {problem}\n");
        }

        foreach (var warning in outcome.Warnings)
        {
            notes.Append($"warning: {warning}\n");
        }

        return notes.ToString();
    }
}
