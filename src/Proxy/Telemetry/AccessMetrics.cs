using Mesh.Metrics;

namespace Mesh.Proxy.Telemetry;

/// <summary>Counts what policies about access found, by policy: nothing for what simply passes.</summary>
internal sealed class AccessMetrics
{
    private static readonly string[] Labels = ["policy", "protocol"];

    private readonly MetricFamily<(string Policy, bool Http), Counter> _denied;
    private readonly MetricFamily<(string Policy, bool Http), Counter> _dryRun;
    private readonly MetricFamily<(string Policy, bool Http), Counter> _audited;

    public AccessMetrics(MetricRegistry registry)
    {
        _denied = Family(
            "mesh_authorization_denied_total",
            "Requests and connections refused by a policy; policy none where nothing allowed them."
        );
        _dryRun = Family(
            "mesh_authorization_dry_run_denied_total",
            "Requests and connections that a policy in dry run would have refused."
        );
        _audited = Family("mesh_authorization_audited_total", "Requests and connections that a policy with action AUDIT took.");

        MetricFamily<(string Policy, bool Http), Counter> Family(string name, string help) =>
            registry.Counters<(string Policy, bool Http)>(name, help, Labels, series => [series.Policy, series.Http ? "http" : "tcp"]);
    }

    public void Add(RequestRecord record)
    {
        var found = record.Access;
        Count(_denied, found.Denied, record);
        Count(_dryRun, found.DryRunDenied, record);
        Count(_audited, found.Audited, record);
    }

    private static void Count(MetricFamily<(string Policy, bool Http), Counter> family, string? policy, RequestRecord record)
    {
        if (policy is not null)
        {
            family.Get((policy, record.Head is not null)).Inc();
        }
    }
}
