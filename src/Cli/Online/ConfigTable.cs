using System.Text.Json.Nodes;

namespace Mesh.Cli.Online;

/// <summary>How one kind of resource becomes rows of text.</summary>
/// <param name="Type">Short name of the xDS type.</param>
internal sealed record ConfigTable(string Type, IReadOnlyList<string> Header, Func<JsonObject, IEnumerable<IReadOnlyList<string>>> Rows);
