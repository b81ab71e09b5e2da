namespace Mesh.Proxy.Routing;

/// <summary>A range of a <see cref="RequestHead"/>'s buffer.</summary>
internal readonly record struct HeadSlice(int Start, int Length);
