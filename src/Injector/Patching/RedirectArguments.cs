using System.Collections.Immutable;
using Mesh.Injector.Settings;

namespace Mesh.Injector.Patching;

/// <summary>The command line of <c>proxy redirect apply</c> for one pod; what equals the command's default is left out.</summary>
internal static class RedirectArguments
{
    public static IReadOnlyList<string> Of(PodPlan plan)
    {
        var lists = plan.Pod.Capture;
        var standard = new CaptureLists();
        var arguments = new List<string>
        {
            "redirect",
            "apply",
            "--mode",
            plan.Transparent ? "tproxy" : "redirect",
            "--exempt-uid",
            $"{plan.User}",
            "--exempt-gid",
            $"{plan.Group}",
        };
        Add("--include-outbound-ranges", lists.IncludeOutboundRanges, standard.IncludeOutboundRanges);
        Add("--exclude-outbound-ranges", lists.ExcludeOutboundRanges, standard.ExcludeOutboundRanges);
        Add("--include-outbound-ports", lists.IncludeOutboundPorts, standard.IncludeOutboundPorts);
        Add("--exclude-outbound-ports", lists.ExcludeOutboundPorts, standard.ExcludeOutboundPorts);
        Add("--include-inbound-ports", lists.IncludeInboundPorts, standard.IncludeInboundPorts);
        Add("--exclude-inbound-ports", [.. lists.ExcludeInboundPorts, .. Own(plan)], standard.ExcludeInboundPorts);
        Add("--exclude-interfaces", lists.ExcludeInterfaces, standard.ExcludeInterfaces);
        return arguments;

        void Add(string option, ImmutableArray<string> values, ImmutableArray<string> standardValues)
        {
            if (!values.SequenceEqual(standardValues))
            {
                arguments.AddRange([option, string.Join(',', values)]);
            }
        }
    }

    // The kubelet and Prometheus talk to the proxy itself there, in plain text.
    private static IEnumerable<string> Own(PodPlan plan) =>
        new[] { plan.Pod.StatusPort, Names.ReadyPort, Names.MetricsPort }.Where(port => port > 0).Select(port => $"{port}");
}
