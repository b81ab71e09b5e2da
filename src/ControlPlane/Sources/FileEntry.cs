namespace Mesh.ControlPlane.Sources;

/// <summary>One file as a listing found it.</summary>
/// <param name="Path">As the user sees it: the directory's option and the way down.</param>
/// <param name="RealPath">Where the bytes are once all links are followed; changes when a mounted volume is swapped.</param>
/// <param name="Length">Size in bytes.</param>
/// <param name="Modified">Time of the last write in ticks.</param>
internal sealed record FileEntry(string Path, string RealPath, long Length, long Modified);
