namespace Mesh.ControlPlane.Keys;

/// <summary>How one attempt ended: with keys, or with the reason why not.</summary>
/// <param name="MaxAge">What Cache-Control says; null where it does not.</param>
internal readonly record struct KeySetFetch(string? Keys, TimeSpan? MaxAge, string Problem)
{
    public static KeySetFetch Failed(string problem) => new(null, null, problem);
}
