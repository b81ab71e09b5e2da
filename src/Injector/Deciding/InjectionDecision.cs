using Mesh.Injector.Settings;

namespace Mesh.Injector.Deciding;

/// <summary>Whether a pod gets a sidecar, with the reason where it does not. Pure.</summary>
internal sealed record InjectionDecision(SkipReason Reason)
{
    public bool Injects => Reason == SkipReason.None;

    /// <summary>
    /// The table, first line that fits; <c>inject</c> is the pod's label <c>sidecar.istio.io/inject</c>, else the annotation of that name, which opts no namespace in:
    /// <code>
    /// hostNetwork, Windows, or a system namespace                    no
    /// inject=false                                                   no
    /// istio-injection=enabled                                        revision default
    /// istio-injection=(anything else)                                no, even with inject=true
    /// istio.io/rev=R on the namespace                                revision R
    /// istio.io/rev=R on the pod                                      revision R
    /// inject=true as a label                                         revision default
    /// nothing said                                                   no, or default where the settings opt every namespace in
    /// then: the revision is not this injector's                      no
    ///       inject=true                                              yes
    ///       a neverInjectSelector picks the pod                      no
    ///       an alwaysInjectSelector picks it                         yes
    ///       otherwise                                                as the setting `enabled` says
    /// </code>
    /// Namespace before pod, and who says no wins: istio.io, "Controlling the injection policy", and the selectors of Istio's webhooks.
    /// </summary>
    /// <param name="labels">Of the namespace; null where nobody can be asked: then the webhook's selectors have decided.</param>
    public static InjectionDecision Of(
        PodFacts pod,
        string ns,
        IReadOnlyDictionary<string, string>? labels,
        Revisions revisions,
        InjectionSettings settings
    )
    {
        if (pod.HostNetwork)
        {
            return new(SkipReason.HostNetwork);
        }

        if (pod.IsWindows)
        {
            return new(SkipReason.Windows);
        }

        if (settings.SystemNamespaces.Contains(ns))
        {
            return new(SkipReason.SystemNamespace);
        }

        if (pod.Inject == false)
        {
            return new(SkipReason.PodDisabled);
        }

        if (labels is not null && OfNamespace(pod, labels, revisions, settings) is var reason and not SkipReason.None)
        {
            return new(reason);
        }

        return pod.Inject == true ? new(SkipReason.None)
            : settings.NeverInject.Any(selector => selector.Picks(pod.Labels)) ? new(SkipReason.NeverInject)
            : settings.Enabled || settings.AlwaysInject.Any(selector => selector.Picks(pod.Labels)) ? new(SkipReason.None)
            : new(SkipReason.Disabled);
    }

    private static SkipReason OfNamespace(
        PodFacts pod,
        IReadOnlyDictionary<string, string> labels,
        Revisions revisions,
        InjectionSettings settings
    )
    {
        string? wanted;
        if (labels.TryGetValue(MeshLabels.NamespaceInjection, out var injection))
        {
            if (injection != "enabled")
            {
                return SkipReason.NamespaceDisabled;
            }

            wanted = MeshLabels.DefaultRevision;
        }
        else if (!labels.TryGetValue(MeshLabels.Revision, out wanted) && !pod.Labels.TryGetValue(MeshLabels.Revision, out wanted))
        {
            wanted = AsksByLabel(pod) || settings.EnableNamespacesByDefault ? MeshLabels.DefaultRevision : null;
        }

        return wanted is null ? SkipReason.NamespaceNotOptedIn
            : revisions.Has(wanted) ? SkipReason.None
            : SkipReason.OtherRevision;
    }

    // The webhooks' selectors see labels only: of a pod with the annotation alone nobody is asked.
    private static bool AsksByLabel(PodFacts pod) => pod.Inject == true && pod.Labels.ContainsKey(MeshLabels.Inject);
}
