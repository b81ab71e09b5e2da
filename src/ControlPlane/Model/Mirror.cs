namespace Mesh.ControlPlane.Model;

/// <summary>Where copies of a rule's requests go.</summary>
/// <param name="Subset">Empty for the whole service.</param>
/// <param name="Port">The service port dialled; 0 for the port of the listener that took the request.</param>
/// <param name="Percentage">Of the requests, above 0 and up to 100.</param>
/// <param name="Missing">Why no copy arrives (unknown host, subset or port); null when all is well.</param>
internal sealed record Mirror(string Host, string Subset, int Port, double Percentage, string? Missing);
