using System.Text.Json;
using Google.Protobuf;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Discovery;
using Mesh.Xds;

namespace Mesh.Proxy.Admin;

/// <summary><c>/config_dump</c>: every resource that was accepted, as it came, and every one that was refused, with the reason.</summary>
internal static class ConfigDump
{
    /// <param name="type">Short name of one type (<c>CDS</c>), or null for all.</param>
    public static byte[] Write(ProxyConfig? config, DiscoveryStatus status, string? type)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("version", config?.Version);
            json.WriteBoolean("connected", status.Connected);
            json.WriteStartArray("missing");
            foreach (var missing in config?.Missing ?? [])
            {
                json.WriteStringValue(missing);
            }

            json.WriteEndArray();
            json.WriteStartArray("types");
            foreach (var url in TypeUrls.PushOrder)
            {
                if (type is null || type.Equals(TypeUrls.ShortName(url), StringComparison.OrdinalIgnoreCase))
                {
                    WriteType(json, url, status);
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteType(Utf8JsonWriter json, string url, DiscoveryStatus status)
    {
        json.WriteStartObject();
        json.WriteString("type", TypeUrls.ShortName(url));
        json.WriteString("type_url", url);
        json.WriteString("system_version", status.SystemVersions.GetValueOrDefault(url, ""));
        json.WriteStartArray("resources");
        var rejected = status.Rejected.Where(r => r.TypeUrl == url).ToDictionary(r => r.Name, StringComparer.Ordinal);
        foreach (var entry in status.Accepted.Of(url).Values.OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("name", entry.Name);
            json.WriteString("version", entry.Version);
            json.WriteString("last_updated", entry.UpdatedAt);
            rejected.Remove(entry.Name, out var newer);
            WriteState(json, newer);
            if (!entry.Notes.IsEmpty)
            {
                json.WriteStartArray("notes");
                foreach (var note in entry.Notes)
                {
                    json.WriteStringValue(note);
                }

                json.WriteEndArray();
            }

            WriteResource(json, entry.Message);
            json.WriteEndObject();
        }

        foreach (var resource in rejected.Values)
        {
            json.WriteStartObject();
            json.WriteString("name", resource.Name);
            WriteState(json, resource);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteState(Utf8JsonWriter json, RejectedResource? rejected)
    {
        json.WriteString("state", rejected is null ? "ACKED" : "NACKED");
        if (rejected is not null)
        {
            json.WriteStartObject("error");
            json.WriteString("version", rejected.Version);
            json.WriteString("at", rejected.At);
            json.WriteString("reason", rejected.Reason);
            json.WriteEndObject();
        }
    }

    private static void WriteResource(Utf8JsonWriter json, IMessage message)
    {
        json.WritePropertyName("resource");
        json.WriteRawValue(ResourceJson.Write(message));
    }
}
