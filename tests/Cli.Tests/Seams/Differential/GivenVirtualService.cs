using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mesh.Cli.Tests.Seams.Differential;

/// <summary>A VirtualService as a user writes it.</summary>
/// <param name="Year">Of its creation; null for an object that was never applied.</param>
internal sealed record GivenVirtualService(
    string Namespace,
    string Name,
    ImmutableArray<string> Hosts,
    ImmutableArray<string> Gateways,
    ImmutableArray<string> ExportTo,
    int? Year,
    ImmutableArray<GivenRule> Rules
)
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The object as JSON.</summary>
    public override string ToString()
    {
        var metadata = new Dictionary<string, object> { ["name"] = Name, ["namespace"] = Namespace };
        if (Year is { } year)
        {
            metadata.Add("creationTimestamp", $"{year}-01-01T00:00:00Z");
        }

        var spec = new Dictionary<string, object> { ["hosts"] = Hosts, ["http"] = Rules.Select((rule, i) => rule.Written(i)).ToList() };
        if (!Gateways.IsEmpty)
        {
            spec.Add("gateways", Gateways);
        }

        if (!ExportTo.IsEmpty)
        {
            spec.Add("exportTo", ExportTo);
        }

        return JsonSerializer.Serialize(
            new Dictionary<string, object>
            {
                ["apiVersion"] = "networking.istio.io/v1",
                ["kind"] = "VirtualService",
                ["metadata"] = metadata,
                ["spec"] = spec,
            },
            Options
        );
    }

    public IEnumerable<GivenVirtualService> Smaller()
    {
        for (var i = 0; i < Rules.Length; i++)
        {
            if (Rules.Length > 1)
            {
                yield return this with
                {
                    Rules = Rules.RemoveAt(i),
                };
            }

            foreach (var smaller in Rules[i].Smaller())
            {
                yield return this with
                {
                    Rules = Rules.SetItem(i, smaller),
                };
            }
        }

        if (!ExportTo.IsEmpty)
        {
            yield return this with
            {
                ExportTo = [],
            };
        }

        if (!Gateways.IsEmpty)
        {
            yield return this with
            {
                Gateways = [],
            };
        }
    }
}
