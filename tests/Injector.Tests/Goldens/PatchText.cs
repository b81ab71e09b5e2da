using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mesh.Injector.Tests.Goldens;

/// <summary>The operations of an outcome as the API server gets them.</summary>
internal static class PatchText
{
    public static string Of(InjectionOutcome outcome, bool indented)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new() { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (var operation in outcome.Operations)
            {
                operation.WriteTo(json);
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
