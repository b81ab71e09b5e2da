using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Mesh.Injector.Deciding;
using Mesh.Injector.Patching;
using Mesh.Injector.Reading;

namespace Mesh.Injector;

/// <summary>What became of one pod: injected, left alone with the reason, or refused with all that is wrong.</summary>
/// <param name="Pod">With the sidecar where it was injected, else as it came.</param>
/// <param name="Reason">Why it was left alone; <see cref="SkipReason.None"/> otherwise.</param>
/// <param name="Operations">Empty unless it was injected and was not already.</param>
internal sealed record InjectionOutcome(
    JsonObject Pod,
    SkipReason Reason,
    ImmutableArray<InjectionProblem> Problems,
    ImmutableArray<PatchOperation> Operations,
    ImmutableArray<string> Warnings
)
{
    public bool IsRefused => Problems.Length > 0;

    public bool IsInjected => Problems.Length == 0 && Reason == SkipReason.None;

    public static InjectionOutcome Injected(JsonObject pod, ImmutableArray<PatchOperation> operations, ImmutableArray<string> warnings) =>
        new(pod, SkipReason.None, [], operations, warnings);

    public static InjectionOutcome Skipped(JsonObject pod, SkipReason reason) => new(pod, reason, [], [], []);

    public static InjectionOutcome Refused(JsonObject pod, ImmutableArray<InjectionProblem> problems) =>
        new(pod, SkipReason.None, problems, [], []);
}
