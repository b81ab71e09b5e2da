using System.Text.Json.Nodes;

namespace Mesh.ApiServerDouble;

/// <summary>One change, as watches tell it.</summary>
internal sealed record StoredEvent(long Version, string Type, ServedKind Kind, string? Namespace, JsonObject Object);
