namespace Mesh.ControlPlane.Model;

/// <summary>A share of a rule's traffic. A destination that is missing keeps its share and fails with its reason.</summary>
/// <param name="Subset">Empty for the whole service.</param>
/// <param name="Port">The service port dialled.</param>
/// <param name="Missing">Why it cannot be reached (unknown host, subset or port); null when all is well.</param>
internal sealed record WeightedDestination(
    string Host,
    string Subset,
    int Port,
    uint Weight,
    HeaderOperations RequestHeaders,
    HeaderOperations ResponseHeaders,
    string? Missing
);
