using Mesh.Proxy.Routing.Formats;

namespace Mesh.Proxy.Routing;

/// <summary>One edit: remove a header, set it (replacing every value), or add a value.</summary>
/// <param name="Value">As it goes on the wire, or as it was configured where there is a format.</param>
/// <param name="Format">What the value is filled in from for each request, which takes the header away where nothing comes of it; null for most.</param>
internal readonly record struct HeaderEdit(HeaderEditKind Kind, string Name, string Value, ValueFormat? Format = null);
