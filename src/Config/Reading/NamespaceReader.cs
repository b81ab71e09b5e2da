using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads a Namespace, of which the metadata matters most.</summary>
internal static class NamespaceReader
{
    internal static NamespaceSpec Read(ObjectReader root) =>
        new() { Phase = root.Object("status", status => new NamespaceSpec { Phase = status.Text("phase") })?.Phase };
}
