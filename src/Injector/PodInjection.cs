using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.Injector.Deciding;
using Mesh.Injector.Patching;
using Mesh.Injector.Reading;
using Mesh.Injector.Settings;

namespace Mesh.Injector;

/// <summary>The whole way of one pod, from what was written to a patch: what the webhook and <c>meshctl inject</c> both run. Pure.</summary>
/// <param name="Settings">Of the mesh.</param>
/// <param name="Revisions">Who this injector is.</param>
/// <param name="ServerIsNative">Whether the API server knows sidecars among init containers (1.29); null where nobody can be asked.</param>
internal sealed record PodInjection(InjectionSettings Settings, Revisions Revisions, bool? ServerIsNative)
{
    // Kubernetes' own.
    private const int DefaultGraceSeconds = 30;

    /// <param name="labels">Of the namespace; null where nobody can be asked.</param>
    /// <param name="workload">Whose pod it is, where the pod itself does not say; null for its owner.</param>
    public InjectionOutcome Of(JsonObject pod, string ns, IReadOnlyDictionary<string, string>? labels, string? workload = null)
    {
        try
        {
            return Judge(pod, ns, labels, workload);
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidCastException)
        {
            // No API server lets such a pod through; a file may hold anything.
            return InjectionOutcome.Refused(
                pod,
                [new("spec", $"holds a value of another type than Kubernetes' API has there: {e.Message}")]
            );
        }
    }

    private InjectionOutcome Judge(JsonObject pod, string ns, IReadOnlyDictionary<string, string>? labels, string? workload)
    {
        var problems = new List<InjectionProblem>();
        var facts = PodFacts.Of(pod, problems);
        var decision = InjectionDecision.Of(facts, ns, labels, Revisions, Settings);
        if (!decision.Injects)
        {
            return InjectionOutcome.Skipped(pod, decision.Reason);
        }

        var warnings = new List<string>();
        var settings = AnnotationReader.Read(facts.Annotations, Settings, problems, warnings);
        settings = Permitted(settings, ns, labels, problems);
        var identity = ProxyIdentity.Of(pod, Settings.ProxyUser, settings.InterceptionMode, problems);
        if (problems.Count > 0)
        {
            return InjectionOutcome.Refused(pod, [.. problems]);
        }

        var plan = Plan(pod, settings, workload, identity);
        var (patch, more) = SidecarPatch.Make(pod, plan);
        warnings.AddRange(more);
        if (!plan.Native && !plan.EndsWithApplication && (string?)pod["spec"]?["restartPolicy"] is "Never" or "OnFailure")
        {
            warnings.Add(
                "the sidecar goes on when the application has ended, so the pod never completes; have the application end with "
                    + "POST http://127.0.0.1:15020/quitquitquit, or use a cluster with native sidecars (Kubernetes 1.29)"
            );
        }

        if (plan.Redirects && ExemptContainers.In(pod, plan.User, plan.Group).ToList() is { Count: > 0 } exempt)
        {
            warnings.Add(
                $"runAsUser or runAsGroup of {string.Join(", ", exempt)} is the proxy's own, {plan.User}: what they send does not pass the "
                    + "proxy, so it is neither encrypted nor routed; run them as somebody else"
            );
        }

        if (!settings.CapturesInbound)
        {
            warnings.Add(
                $"{(plan.Redirects ? "no inbound port is captured" : "interceptionMode NONE")}: inbound traffic does not pass the proxy, "
                    + "so neither authentication nor authorization policies protect this pod"
            );
        }

        return InjectionOutcome.Injected(patch.Result, patch.Operations, [.. warnings]);
    }

    // Pod security admission would refuse the pod later, in words that say nothing of the mesh.
    private PodSettings Permitted(
        PodSettings settings,
        string ns,
        IReadOnlyDictionary<string, string>? labels,
        List<InjectionProblem> problems
    )
    {
        string? standard = null;
        labels?.TryGetValue(MeshLabels.PodSecurity, out standard);
        if (settings.InterceptionMode == InterceptionMode.None || standard is not ("baseline" or "restricted"))
        {
            return settings;
        }

        if (Settings.NetAdminForbidden == NetAdminForbidden.None)
        {
            return settings with { InterceptionMode = InterceptionMode.None };
        }

        problems.Add(
            new(
                "metadata.annotations[sidecar.istio.io/interceptionMode]",
                $"{settings.InterceptionMode.ToString().ToUpperInvariant()} needs the capability NET_ADMIN, which namespace {ns} forbids "
                    + $"({MeshLabels.PodSecurity}: {standard}); write NONE, and only outbound traffic passes the proxy, or relax the namespace"
            )
        );
        return settings;
    }

    private PodPlan Plan(JsonObject pod, PodSettings settings, string? workload, (int User, int Group) identity)
    {
        var spec = pod["spec"] as JsonObject;
        var native =
            SidecarPatch.WasNative(pod)
            ?? settings.Native
            ?? (Settings.NativeSidecars == NativeSidecars.Auto ? ServerIsNative == true : Settings.NativeSidecars == NativeSidecars.True);
        var runsOnce = (string?)spec?["restartPolicy"] == "Never";
        return new()
        {
            Settings = Settings,
            Pod = settings,
            Native = native,
            Revision = Revisions.Name,
            Workload = workload ?? WorkloadName.Of(pod),
            User = identity.User,
            Group = identity.Group,
            PodResources =
            [
                .. new[] { "requests", "limits" }.SelectMany(part =>
                    ((spec?["resources"] as JsonObject)?[part] as JsonObject ?? []).Select(amount => amount.Key)
                ),
            ],
            GraceSeconds = JsonNumber.Whole(spec?["terminationGracePeriodSeconds"]) ?? DefaultGraceSeconds,
            EndsWithApplication = !native && runsOnce && spec?["shareProcessNamespace"]?.GetValueKind() != JsonValueKind.False,
        };
    }
}
