using System.Buffers;
using System.Collections.Concurrent;
using System.Text.Json;
using Mesh.Xds;

namespace Mesh.ControlPlane.Delivery;

/// <summary>Holder of the status of every connected client; what <c>/debug/syncz</c> shows.</summary>
internal sealed class SyncStatusStore(TimeProvider time)
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };
    private readonly ConcurrentDictionary<long, ClientStatus> clients = new();
    private long lastId;

    /// <summary>Every open stream, in the order they connected.</summary>
    public IReadOnlyList<ClientStatus> Clients => [.. clients.Values.OrderBy(c => c.Id)];

    /// <param name="identity">Proved by the client; empty where nobody could prove anything.</param>
    public ClientStatus Connect(string peer, string protocol, string identity = "")
    {
        var client = new ClientStatus(Interlocked.Increment(ref lastId), peer, protocol, time) { Identity = identity };
        clients[client.Id] = client;
        return client;
    }

    public void Disconnect(ClientStatus client) => clients.TryRemove(client.Id, out _);

    /// <summary>The body of <c>/debug/syncz</c>: an array with one object a client.</summary>
    public void WriteJson(IBufferWriter<byte> output)
    {
        using var json = new Utf8JsonWriter(output, Indented);
        json.WriteStartArray();
        foreach (var client in Clients)
        {
            WriteClient(json, client);
        }
        json.WriteEndArray();
    }

    private static void WriteClient(Utf8JsonWriter json, ClientStatus client)
    {
        json.WriteStartObject();
        json.WriteString("proxy", client.Node?.Id ?? "");
        json.WriteString("kind", client.Node?.Kind.ToString() ?? "");
        json.WriteString("namespace", client.Node?.Namespace ?? "");
        json.WriteString("pod", client.Node?.PodName ?? "");
        json.WriteString("userAgent", client.Node is { } node ? $"{node.UserAgentName} {node.UserAgentVersion}".Trim() : "");
        json.WriteString("peer", client.Peer);
        json.WriteString("identity", client.Identity);
        json.WriteString("protocol", client.Protocol);
        json.WriteString("connectedSince", client.ConnectedSince);
        json.WriteStartObject("types");
        foreach (var type in client.Types)
        {
            json.WriteStartObject(TypeUrls.ShortName(type.TypeUrl));
            json.WriteString("state", type.State);
            json.WriteNumber("resources", type.Resources);
            json.WriteString("sentVersion", type.SentVersion);
            json.WriteString("sentNonce", type.SentNonce);
            WriteTime(json, "sentAt", type.SentAt);
            json.WriteString("ackedVersion", type.AckedVersion);
            WriteTime(json, "ackedAt", type.AckedAt);
            json.WriteString("nackedVersion", type.NackedVersion);
            json.WriteString("nackError", type.NackError);
            WriteTime(json, "nackedAt", type.NackedAt);
            json.WriteString("viewVersion", type.ViewVersion);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? value)
    {
        if (value is { } known)
        {
            json.WriteString(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
