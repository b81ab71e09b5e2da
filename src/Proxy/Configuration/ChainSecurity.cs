namespace Mesh.Proxy.Configuration;

/// <summary>What a filter chain asks of its traffic before a rule is carried out; each part is null where nothing is asked.</summary>
internal sealed record ChainSecurity
{
    public static ChainSecurity None { get; } = new();
}
