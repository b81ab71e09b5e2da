using System.Globalization;
using System.Text;

namespace Mesh.Cli.Explain;

/// <summary>Where a value comes from; what is not known is null.</summary>
/// <param name="Object"><c>VirtualService ns/name</c>, or who else decides.</param>
/// <param name="Path">The field, such as <c>spec.http[0].timeout</c>.</param>
internal sealed record Origin(string Object, string? Path, string? File, int? Line)
{
    /// <summary>Nobody wrote it.</summary>
    public static Origin Default { get; } = new("default of the mesh", null, null, null);

    public override string ToString()
    {
        var text = new StringBuilder(Object);
        if (Path is { Length: > 0 })
        {
            text.Append(' ').Append(Path);
        }

        return File is null ? text.ToString() : text.Append(CultureInfo.InvariantCulture, $" ({File}:{Line})").ToString();
    }
}
