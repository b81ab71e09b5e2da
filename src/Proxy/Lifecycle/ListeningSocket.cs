namespace Mesh.Proxy.Lifecycle;

/// <summary>A TCP port that somebody listens on.</summary>
/// <param name="User">Whose process opened it.</param>
internal sealed record ListeningSocket(int Port, int User);
