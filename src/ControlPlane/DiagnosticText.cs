using System.Text;
using Mesh.Config;

namespace Mesh.ControlPlane;

/// <summary>A diagnostic where its object is known to the reader: in the object's own status and in the answer to who sent it.</summary>
internal static class DiagnosticText
{
    /// <summary><c>field.path: message [Code]</c></summary>
    public static string Of(Diagnostic diagnostic) =>
        $"{(diagnostic.Path.Length > 0 ? diagnostic.Path + " " : "")}{diagnostic.Message} [{diagnostic.Code}]";

    /// <summary>All in one text, as many as fit; it says how many more there are.</summary>
    /// <param name="longest">In UTF-16 units, of the whole text but for the number of the rest.</param>
    public static string Join(IReadOnlyCollection<Diagnostic> diagnostics, int longest)
    {
        var text = new StringBuilder();
        var joined = 0;
        foreach (var diagnostic in diagnostics)
        {
            var one = Of(diagnostic);
            if (joined > 0 && text.Length + one.Length > longest)
            {
                return text.Append("; and ").Append(diagnostics.Count - joined).Append(" more").ToString();
            }

            text.Append(joined++ == 0 ? "" : "; ").Append(Clip(one, longest));
        }

        return text.ToString();
    }

    /// <summary>No more than so many UTF-16 units of a text, and no half of a character.</summary>
    public static string Clip(string text, int longest)
    {
        if (text.Length <= longest)
        {
            return text;
        }

        var end = longest - 1;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)] + "…";
    }
}
