using System.Collections.Immutable;

namespace Mesh.Injector.Settings;

/// <summary>What a container asks for and may use at most, by resource: <c>cpu</c>, <c>memory</c>.</summary>
internal sealed record Amounts(ImmutableSortedDictionary<string, string> Requests, ImmutableSortedDictionary<string, string> Limits)
{
    public static ImmutableSortedDictionary<string, string> None { get; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}
