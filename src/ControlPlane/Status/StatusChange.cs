using System.Text.Json.Nodes;

namespace Mesh.ControlPlane.Status;

/// <summary>A status that is to be written.</summary>
/// <param name="IsProblem">It says that the object is refused.</param>
internal sealed record StatusChange(JsonObject Status, StatusChangeKind Kind, bool IsProblem);
