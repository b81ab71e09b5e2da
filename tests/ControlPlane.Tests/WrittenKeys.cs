using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Tests;

/// <summary>
/// The file <c>in.keys</c> of a case: one line for each place that keys are fetched from, with <c>discover</c> before an issuer; then the keys, or
/// <c>!</c> and why there are none.
/// </summary>
internal static class WrittenKeys
{
    public static KeySets Of(string folder)
    {
        var path = Path.Combine(folder, "in.keys");
        return !File.Exists(path)
            ? KeySets.Empty
            : new(
                File.ReadAllLines(path)
                    .Where(line => line.Length > 0)
                    .Select(Read)
                    .ToImmutableDictionary(item => item.Key, item => item.Value)
            );
    }

    private static KeyValuePair<KeySource, FetchedKeys> Read(string line)
    {
        var isDiscovery = line.StartsWith("discover ", StringComparison.Ordinal);
        var parts = (isDiscovery ? line["discover ".Length..] : line).Split(' ', 2);
        return new(
            new(parts[0], isDiscovery, KeySource.DefaultTimeout),
            parts[1][0] == '!' ? new(null, parts[1][1..]) : new(parts[1], null)
        );
    }
}
