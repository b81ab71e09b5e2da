namespace Mesh.ControlPlane.Model;

/// <summary>What holds for the whole mesh where no object says otherwise; the defaults are Istio's.</summary>
/// <param name="RootNamespace">Its rules apply to every namespace; default <c>istio-system</c>.</param>
/// <param name="TrustDomain">First part of every SPIFFE id; default <c>cluster.local</c>.</param>
/// <param name="RegistryOnly">Refuse destinations that no object names; default false (ALLOW_ANY).</param>
/// <param name="ConnectTimeout">Time to reach an endpoint where no DestinationRule says otherwise; default 10 s.</param>
internal sealed record MeshSettings(string RootNamespace, string TrustDomain, bool RegistryOnly, TimeSpan ConnectTimeout)
{
    public static MeshSettings Default { get; } = new("istio-system", "cluster.local", false, TimeSpan.FromSeconds(10));

    /// <summary>Preferences between localities where a DestinationRule has none; Istio's default is failover wherever there is outlier detection.</summary>
    internal LocalityBalancing Locality { get; init; } = LocalityBalancing.Default;

    /// <summary>How paths are brought to one form; default BASE, as in Istio.</summary>
    internal PathNormalization Paths { get; init; } = PathNormalization.Base;

    /// <summary>Trust domains whose identities count as ours, sorted: <c>old.example,other.example</c>; default none.</summary>
    internal string TrustDomainAliases { get; init; } = "";

    /// <summary>All whose identities count as ours.</summary>
    internal IEnumerable<string> TrustDomains => TrustDomainAliases.Split(',', StringSplitOptions.RemoveEmptyEntries).Prepend(TrustDomain);

    /// <summary>Last part of the names of Kubernetes services; default <c>cluster.local</c>. It is the cluster's, whatever its identities are called.</summary>
    internal string DnsDomain { get; init; } = "cluster.local";
}
