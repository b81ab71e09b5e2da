using System.Collections.Immutable;
using Mesh.Proxy.Configuration;

namespace Mesh.Cli.Explain;

/// <summary>What a sidecar asks of its traffic before the application gets it, in the order in which it asks.</summary>
internal static class PolicyExplainer
{
    public static ImmutableArray<Setting> Of(ChainSecurity security)
    {
        var settings = ImmutableArray.CreateBuilder<Setting>();
        foreach (var provider in security.Tokens?.Providers ?? [])
        {
            // Which object that was is not told to the proxy.
            settings.Add(new("token", $"one of {provider.Issuer} must verify where there is one", Origin.Default));
        }

        return settings.ToImmutable();
    }
}
