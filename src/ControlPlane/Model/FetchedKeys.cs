namespace Mesh.ControlPlane.Model;

/// <summary>What is known of one <see cref="KeySource"/>.</summary>
/// <param name="Keys">The JWK set last fetched, public members alone; null where none ever was.</param>
/// <param name="Problem">Why the last attempt failed; null where it did not.</param>
internal sealed record FetchedKeys(string? Keys, string? Problem);
