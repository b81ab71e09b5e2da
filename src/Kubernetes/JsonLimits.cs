using System.Text.Json;

namespace Mesh.Kubernetes;

/// <summary>How deep objects may nest: as deep as the API server takes them, so that one user's object cannot keep a whole list from being read.</summary>
public static class JsonLimits
{
    /// <summary>Levels; those of Go's <c>encoding/json</c>, and some for what is around an object in lists, events and reviews.</summary>
    public const int MaxDepth = 10_000 + 16;

    /// <summary>For a reader that goes over one object after the other.</summary>
    public static JsonReaderOptions Reader => new() { MaxDepth = MaxDepth };

    /// <summary>For a document.</summary>
    public static JsonDocumentOptions Document => new() { MaxDepth = MaxDepth };
}
