using System.Text.Json.Nodes;

namespace Mesh.ControlPlane.Status;

/// <summary>A status that is to be written.</summary>
/// <param name="IsMinor">Only numbers or wording changed: it may wait.</param>
internal sealed record StatusChange(JsonObject Status, bool IsMinor);
