using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.ControlPlane.Admission;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Tests.Translation;
using Mesh.ControlPlane.Translation;

namespace Mesh.ControlPlane.Tests.Admission;

/// <summary>What is let in, what is refused, and what is said of it.</summary>
public sealed class ObjectReviewTests
{
    private static readonly string Sound = Given.Rule("rule", "shop", "books");
    private static readonly string Broken = Sound.Replace("RANDOM", "FASTEST", StringComparison.Ordinal);

    [Fact]
    public void A_sound_object_is_let_in_without_a_word()
    {
        var verdict = Judge("CREATE", Sound, null, Given.Service("books", "shop"));
        Assert.Equal((null, 0), (verdict.Refusal, verdict.Warnings.Length));
    }

    [Fact]
    public void What_an_object_shows_by_itself_to_be_wrong_is_refused_with_path_value_and_code_and_all_of_it_at_once()
    {
        var twice = Broken.Replace("host:", "hosst: x\n  host:", StringComparison.Ordinal);
        var refusal = Judge("CREATE", twice, null, "").Refusal!;
        Assert.Contains("spec.hosst", refusal, StringComparison.Ordinal);
        Assert.Contains("[UnknownField]", refusal, StringComparison.Ordinal);
        Assert.Contains("spec.trafficPolicy.loadBalancer.simple", refusal, StringComparison.Ordinal);
        Assert.Contains("FASTEST", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void What_depends_on_others_is_a_warning()
    {
        var verdict = Judge("CREATE", Sound, null, Given.Service("other", "shop"));
        Assert.Null(verdict.Refusal);
        Assert.Contains("books", Assert.Single(verdict.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Before_anything_is_known_of_the_others_nothing_is_said_of_them() =>
        Assert.Empty(ObjectReview.Judge(Request("CREATE", Sound, null), null, MeshSettings.Default).Warnings);

    [Fact]
    public void Deletions_and_updates_that_leave_the_spec_pass_whatever_the_object_is()
    {
        var labelled = Broken.Replace("name: rule,", "name: rule, labels: {team: a},", StringComparison.Ordinal);
        Assert.Equal(ReviewVerdict.Pass, Judge("UPDATE", labelled, Broken, ""));
        Assert.Equal(ReviewVerdict.Pass, Judge("DELETE", null, Broken, ""));
        Assert.NotNull(Judge("UPDATE", Broken, Sound, "").Refusal);
    }

    [Fact]
    public void Only_metadata_or_status_of_a_broken_object_may_change_as_a_finalizer_must_be_removable()
    {
        var leaving = Broken.Replace(
            "name: rule,",
            "name: rule, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [a.test/b], resourceVersion: '7',",
            StringComparison.Ordinal
        );
        Assert.Equal(ReviewVerdict.Pass, Judge("UPDATE", leaving, Broken, ""));
        Assert.Equal(ReviewVerdict.Pass, Judge("UPDATE", Broken, leaving, ""));
        Assert.Equal(ReviewVerdict.Pass, Judge("UPDATE", Broken + "\nstatus: {conditions: [{type: A, status: 'True'}]}", Broken, ""));
        // An object without spec is as unchanged as any other.
        var empty = "{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: rule, namespace: shop}}";
        Assert.Equal(ReviewVerdict.Pass, Judge("UPDATE", empty, empty, ""));
        Assert.NotNull(Judge("UPDATE", empty, Sound, "").Refusal);
    }

    [Fact]
    public void Warnings_are_short_enough_and_clean_enough_for_the_header_that_carries_them()
    {
        // Characters of two units each, so that a cut may hit the middle of one, and what no header takes.
        var host = string.Concat(Enumerable.Repeat("\U0001F4D6", 300));
        foreach (var shift in new[] { "", "x" })
        {
            var odd = Sound.Replace("host: \"books\"", $"host: \"{shift}a\\u0007\\nb{host}\"", StringComparison.Ordinal);
            var verdict = Judge("CREATE", odd, null, Given.Service("other", "shop"));
            Assert.All(
                (string[])[.. verdict.Warnings, verdict.Refusal ?? ""],
                text =>
                {
                    Assert.DoesNotContain(text, char.IsControl);
                    _ = new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text);
                }
            );
            Assert.All(verdict.Warnings, warning => Assert.InRange(warning.Length, 1, 256));
            Assert.True(verdict.Refusal is not null || verdict.Warnings.Length > 0);
        }

        var many = string.Join(
            "\n",
            Enumerable
                .Range(0, 40)
                .Select(i =>
                    $"    - {{match: [{{uri: {{exact: /{i}}}}}], route: [{{destination: {{host: \"{new string('n', 60)}{i}\"}}}}]}}"
                )
        );
        var routes =
            $"apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: r, namespace: shop}}\nspec:\n  hosts: [\"books\"]\n  http:\n{many}";
        var warnings = Judge("CREATE", routes, null, Given.Service("books", "shop")).Warnings;
        Assert.Equal(11, warnings.Length);
        Assert.EndsWith("more; see meshctl analyze", warnings[^1], StringComparison.Ordinal);
        Assert.All(warnings, warning => Assert.InRange(warning.Length, 1, 256));
        Assert.InRange(warnings.Sum(warning => warning.Length), 0, 4096);
    }

    [Fact]
    public void An_extension_in_an_annotation_counts_as_spec()
    {
        var extended = Sound.Replace(
            "name: rule,",
            "name: rule, annotations: {mesh.extensions/latency-aware: '{\"no\": 1}'},",
            StringComparison.Ordinal
        );
        Assert.Contains("latency-aware", Judge("UPDATE", extended, Sound, "").Refusal, StringComparison.Ordinal);
        Assert.Equal(ReviewVerdict.Pass, Judge("UPDATE", extended, extended, ""));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"operation":"CREATE"}""")]
    [InlineData("""{"operation":"CREATE","object":null}""")]
    [InlineData("""{"operation":"CONNECT","object":{}}""")]
    [InlineData("""{"operation":7,"object":{}}""")]
    [InlineData("""{"operation":"CREATE","subResource":"status","object":{}}""")]
    public void What_is_no_change_of_an_object_passes(string request)
    {
        using var json = JsonDocument.Parse(request);
        Assert.Equal(ReviewVerdict.Pass, ObjectReview.Judge(json.RootElement, null, MeshSettings.Default));
    }

    [Fact]
    public void Kinds_that_mean_nothing_to_a_mesh_pass() =>
        Assert.Null(Judge("CREATE", "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {}}", null, "").Refusal);

    private static ReviewVerdict Judge(string operation, string? now, string? old, string others)
    {
        var objects = others.Length == 0 ? ObjectSet.Empty : Given.Objects(others);
        var translation = Translator.Translate(objects, MeshSettings.Default);
        var state = new MeshState(1, objects, translation.Snapshot, translation.Diagnostics, 0) { Translation = translation };
        return ObjectReview.Judge(Request(operation, now, old), state, MeshSettings.Default);
    }

    private static JsonElement Request(string operation, string? now, string? old)
    {
        var request = new JsonObject
        {
            ["operation"] = operation,
            ["object"] = now is null ? null : YamlObjects.Read(now).Single(),
            ["oldObject"] = old is null ? null : YamlObjects.Read(old).Single(),
        };
        return JsonDocument.Parse(request.ToJsonString()).RootElement;
    }
}
