namespace Mesh.Proxy.Telemetry;

/// <summary>What policies about access found in one request or connection: names of policies, each null where there is none.</summary>
/// <param name="Denied">Refused it; <c>none</c> where nothing allows it.</param>
/// <param name="DryRunDenied">Would have refused it.</param>
/// <param name="Audited">Has it noted.</param>
internal readonly record struct AccessFindings(string? Denied, string? DryRunDenied, string? Audited)
{
    public bool IsEmpty => Denied is null && DryRunDenied is null && Audited is null;
}
