namespace Mesh.ControlPlane.Model;

/// <summary>A share of a rule's traffic. A destination that is missing keeps its share and fails with its reason.</summary>
/// <param name="Subset">Empty for the whole service.</param>
/// <param name="Port">The service port dialled; 0 for the port of the listener that took the request.</param>
/// <param name="Missing">Why it cannot be reached (unknown host, subset or port); null when all is well.</param>
/// <param name="AuthorityRewrite">The authority this destination gets, where the rule rewrites none; null keeps it.</param>
internal sealed record WeightedDestination(
    string Host,
    string Subset,
    int Port,
    uint Weight,
    HeaderOperations RequestHeaders,
    HeaderOperations ResponseHeaders,
    string? Missing,
    string? AuthorityRewrite = null
);
