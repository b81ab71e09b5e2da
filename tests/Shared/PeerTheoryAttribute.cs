namespace Mesh.Tests;

/// <summary>A theory that needs a real peer; where the peer is missing it is skipped as a whole and says what to install.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PeerTheoryAttribute : TheoryAttribute
{
    /// <summary>Names the peer: <c>python:MODULE</c>, <c>node:PACKAGE</c> or <c>program:NAME</c>.</summary>
    public PeerTheoryAttribute(string peer)
    {
        Peer = peer;
        Skip = Peers.WhyMissing(peer);
    }

    /// <summary>The peer that is needed.</summary>
    public string Peer { get; }
}
