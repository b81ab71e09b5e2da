using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Injector.Reading;

/// <summary>JSON inside of a text that a user wrote: what is wrong with it shows here, not where it is used.</summary>
internal static class JsonText
{
    // A name that stands there twice would otherwise be found when somebody looks, by an exception of another kind.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <exception cref="JsonException">It is no JSON; the message says where.</exception>
    public static JsonNode? Parse(string text) => JsonNode.Parse(text, documentOptions: Strict);
}
