using Mesh.Tests;

namespace Mesh.Integration.Tests.Harness;

/// <summary>A fact that only root can set up; elsewhere it is skipped and says why.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    /// <param name="peers">Programs needed, as <see cref="Peers.WhyMissing"/> takes them.</param>
    public RootFactAttribute(params string[] peers) =>
        Skip = Environment.IsPrivilegedProcess
            ? peers.Select(Peers.WhyMissing).FirstOrDefault(why => why is not null)
            : "changing to another user needs root";
}
