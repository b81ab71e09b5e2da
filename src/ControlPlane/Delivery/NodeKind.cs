namespace Mesh.ControlPlane.Delivery;

/// <summary>What kind of client is at the other end, which decides what it understands.</summary>
internal enum NodeKind
{
    /// <summary>A proxy beside one workload: id <c>sidecar~…</c>, and any id that says nothing else.</summary>
    Sidecar,

    /// <summary>A proxy at the edge of the mesh: id <c>router~…</c>.</summary>
    Gateway,

    /// <summary>A gRPC library without a proxy: its user agent starts with "gRPC".</summary>
    Grpc,
}
