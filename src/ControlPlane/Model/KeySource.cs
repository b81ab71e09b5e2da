namespace Mesh.ControlPlane.Model;

/// <summary>Where the keys of an issuer are fetched.</summary>
/// <param name="Url">Of the JWK set; with <paramref name="IsDiscovery"/> of the issuer, whose OpenID configuration names it.</param>
/// <param name="Timeout">For one attempt.</param>
internal sealed record KeySource(string Url, bool IsDiscovery, TimeSpan Timeout)
{
    /// <summary>Istio's.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    public override string ToString() => IsDiscovery ? $"OpenID configuration of {Url}" : Url;
}
