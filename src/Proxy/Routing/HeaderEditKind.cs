namespace Mesh.Proxy.Routing;

/// <summary>What a <see cref="HeaderEdit"/> does.</summary>
internal enum HeaderEditKind : byte
{
    Remove,
    Set,
    Add,
}
