using Mesh.Tests;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>A fact that needs network namespaces with REDIRECT rules; where they cannot be made it is skipped and says why.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RedirectFactAttribute : FactAttribute
{
    /// <param name="peers">Programs needed beside those of every such test, as <see cref="Peers.WhyMissing"/> takes them.</param>
    public RedirectFactAttribute(params string[] peers) =>
        Skip = WhyImpossible ?? peers.Select(Peers.WhyMissing).FirstOrDefault(why => why is not null);

    /// <summary>Null where everything needed is here.</summary>
    public static string? WhyImpossible { get; } =
        Environment.IsPrivilegedProcess
            ? new[] { "ip", "iptables", "setpriv", "curl" }
                .Select(name => Peers.WhyMissing("program:" + name))
                .FirstOrDefault(why => why is not null)
                ?? NetworkNamespace.WhyForbidden()
            : "network namespaces need root";
}
