using Mesh.Tests;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>A fact that runs a program as another user, which only root can.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OtherUserFactAttribute : FactAttribute
{
    public OtherUserFactAttribute() =>
        Skip = Environment.IsPrivilegedProcess ? Peers.WhyMissing("program:setpriv") : "becoming another user needs root";
}
