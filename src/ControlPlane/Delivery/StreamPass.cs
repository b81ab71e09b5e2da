namespace Mesh.ControlPlane.Delivery;

/// <summary>What somebody who may open a stream is let do on it.</summary>
/// <param name="Identity">Who proved to be there; empty where nobody could.</param>
/// <param name="MayBe">Whether the client may be this node; says why not to the log by itself.</param>
internal sealed record StreamPass(string Identity, Func<NodeInfo, bool> MayBe)
{
    /// <summary>For a port where nobody can prove anything.</summary>
    public static StreamPass Anybody { get; } = new("", static _ => true);
}
