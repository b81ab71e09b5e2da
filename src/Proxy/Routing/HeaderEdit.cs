namespace Mesh.Proxy.Routing;

/// <summary>One edit: remove a header, set it (replacing every value), or add a value.</summary>
internal readonly record struct HeaderEdit(HeaderEditKind Kind, string Name, string Value);
