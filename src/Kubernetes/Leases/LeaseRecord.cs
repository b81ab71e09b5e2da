using System.Globalization;
using System.Text.Json;

namespace Mesh.Kubernetes.Leases;

/// <summary>What a <c>coordination.k8s.io/v1</c> Lease says of who leads.</summary>
/// <param name="Holder">Empty where it was given up.</param>
/// <param name="DurationSeconds">After so long without renewal others may take it.</param>
/// <param name="Transitions">How often it changed hands.</param>
internal sealed record LeaseRecord(
    string Holder,
    int DurationSeconds,
    DateTimeOffset AcquireTime,
    DateTimeOffset RenewTime,
    int Transitions
)
{
    // MicroTime.
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public static LeaseRecord Read(KubernetesObject lease)
    {
        using var json = JsonDocument.Parse(lease.Json);
        var spec = json.RootElement.TryGetProperty("spec", out var value) ? value : default;
        return new(
            Text(spec, "holderIdentity") ?? "",
            Number(spec, "leaseDurationSeconds"),
            Time(spec, "acquireTime"),
            Time(spec, "renewTime"),
            Number(spec, "leaseTransitions")
        );
    }

    public byte[] Write(string ns, string name, string? resourceVersion) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                apiVersion = "coordination.k8s.io/v1",
                kind = "Lease",
                metadata = resourceVersion is null
                    ? (object)new { name, @namespace = ns }
                    : new
                    {
                        name,
                        @namespace = ns,
                        resourceVersion,
                    },
                spec = new
                {
                    holderIdentity = Holder,
                    leaseDurationSeconds = DurationSeconds,
                    acquireTime = AcquireTime.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture),
                    renewTime = RenewTime.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture),
                    leaseTransitions = Transitions,
                },
            }
        );

    private static string? Text(JsonElement spec, string name) =>
        spec.ValueKind == JsonValueKind.Object && spec.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static int Number(JsonElement spec, string name) =>
        spec.ValueKind == JsonValueKind.Object && spec.TryGetProperty(name, out var value) && value.TryGetInt32(out var number)
            ? number
            : 0;

    private static DateTimeOffset Time(JsonElement spec, string name) =>
        DateTimeOffset.TryParse(Text(spec, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : default;
}
