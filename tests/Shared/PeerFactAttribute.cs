namespace Mesh.Tests;

/// <summary>A fact that needs a real peer; where the peer is missing it is skipped and says what to install.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PeerFactAttribute : FactAttribute
{
    /// <summary>Names the peer: <c>python:MODULE</c>, <c>node:PACKAGE</c> or <c>program:NAME</c>.</summary>
    public PeerFactAttribute(string peer)
    {
        Peer = peer;
        Skip = Peers.WhyMissing(peer);
    }

    /// <summary>The peer that is needed.</summary>
    public string Peer { get; }
}
