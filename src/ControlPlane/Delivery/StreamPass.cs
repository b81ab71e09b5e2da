namespace Mesh.ControlPlane.Delivery;

/// <summary>What somebody who may open a stream is let do on it.</summary>
/// <param name="Identity">Who proved to be there; empty where nobody could.</param>
/// <param name="MayBe">
/// Whether the client may be this node in this state of the mesh; says why not to the log by itself. Asked for each state anew:
/// what a node claims to be may come to exist, as somebody else's.
/// </param>
internal sealed record StreamPass(string Identity, Func<NodeInfo, IResourceView, bool> MayBe)
{
    /// <summary>When it ends, and the stream with it: its client opens another by what it has then. Null for never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>For a port where nobody can prove anything.</summary>
    public static StreamPass Anybody { get; } = new("", static (_, _) => true);
}
