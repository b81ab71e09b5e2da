using System.Text;

namespace Mesh.Proxy.Http;

/// <summary>Configured text as header text: header strings stand for bytes here (Latin-1), so other characters go as their UTF-8 bytes.</summary>
internal static class WireText
{
    public static string Of(string text) => Ascii.IsValid(text) ? text : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
