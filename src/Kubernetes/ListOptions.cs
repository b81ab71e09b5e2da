namespace Mesh.Kubernetes;

/// <summary>Which objects of a collection are wanted.</summary>
/// <param name="LabelSelector">As kubectl's <c>-l</c>; null for all.</param>
/// <param name="FieldSelector">As kubectl's <c>--field-selector</c>; null for all.</param>
public sealed record ListOptions(string? LabelSelector = null, string? FieldSelector = null)
{
    /// <summary>All of them.</summary>
    public static ListOptions All { get; } = new();

    internal string Query =>
        (LabelSelector is null ? "" : "&labelSelector=" + Uri.EscapeDataString(LabelSelector))
        + (FieldSelector is null ? "" : "&fieldSelector=" + Uri.EscapeDataString(FieldSelector));
}
