namespace Mesh.Proxy.Routing;

/// <summary>How a rule changes the path: replaces the matched prefix, the whole path, or what a regex finds. The query stays.</summary>
internal sealed partial class PathRewrite;
