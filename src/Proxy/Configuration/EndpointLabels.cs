using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Proxy.Configuration;

/// <summary>The texts in a metadata block; what is no text is left out. One object for all endpoints that say the same is the common case.</summary>
internal sealed class EndpointLabels
{
    // As istiod says that there is a sidecar.
    private static readonly EndpointLabels Sidecar = new([new("tlsMode", "istio")]);

    private readonly ImmutableArray<KeyValuePair<string, string>> _values;

    private EndpointLabels(ImmutableArray<KeyValuePair<string, string>> values) => _values = values;

    public static EndpointLabels None { get; } = new([]);

    public static EndpointLabels Of(Struct? block)
    {
        if (block is null || block.Fields.Count == 0)
        {
            return None;
        }

        var values = block
            .Fields.Where(field => field.Value.KindCase == Value.KindOneofCase.StringValue)
            .Select(field => KeyValuePair.Create(field.Key, field.Value.StringValue))
            .ToImmutableArray();
        return values.SequenceEqual(Sidecar._values) ? Sidecar : new(values);
    }

    /// <summary>Whether every label of <paramref name="wanted"/> is among these.</summary>
    public bool Satisfy(EndpointLabels wanted)
    {
        foreach (var label in wanted._values)
        {
            if (!_values.Contains(label))
            {
                return false;
            }
        }

        return true;
    }
}
