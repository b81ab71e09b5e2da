using Mesh.Config;

namespace Mesh.ControlPlane;

/// <summary>A diagnostic where its object is known to the reader: in the object's own status and in the answer to who sent it.</summary>
internal static class DiagnosticText
{
    /// <summary><c>field.path: message [Code]</c></summary>
    public static string Of(Diagnostic diagnostic) =>
        $"{(diagnostic.Path.Length > 0 ? diagnostic.Path + " " : "")}{diagnostic.Message} [{diagnostic.Code}]";
}
