namespace Mesh.Proxy.Lifecycle;

/// <summary>A TCP socket that somebody listens at or has a connection through.</summary>
/// <param name="Port">Its own.</param>
/// <param name="User">Whose process opened it.</param>
/// <param name="Inode">What the processes that have it call it.</param>
internal sealed record OpenSocket(int Port, int User, long Inode);
