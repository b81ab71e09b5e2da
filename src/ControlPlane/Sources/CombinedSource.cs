using System.Collections.Immutable;
using Mesh.Config;

namespace Mesh.ControlPlane.Sources;

/// <summary>Several sources as one: of an object that two have, the first source's is in force.</summary>
internal sealed class CombinedSource(ImmutableArray<IObjectSource> sources) : IObjectSource
{
    public async Task WaitForSignalAsync(CancellationToken cancellationToken)
    {
        using var others = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = await Task.WhenAny(sources.Select(source => source.WaitForSignalAsync(others.Token)));
        await others.CancelAsync();
        await first;
    }

    public void Hush()
    {
        foreach (var source in sources)
        {
            source.Hush();
        }
    }

    public async Task<SourceState> ReadAsync(CancellationToken cancellationToken)
    {
        var states = new List<SourceState>();
        foreach (var source in sources)
        {
            states.Add(await source.ReadAsync(cancellationToken));
        }

        var objects = new SortedDictionary<ObjectKey, ConfigObject>();
        var diagnostics = ImmutableArray.CreateBuilder<Diagnostic>();
        foreach (var state in states)
        {
            diagnostics.AddRange(state.Diagnostics);
            foreach (var item in state.Objects.Where(item => !objects.TryAdd(item.Key, item)))
            {
                diagnostics.Add(
                    new(
                        SourceCodes.DuplicateObject,
                        item.Key,
                        "",
                        $"the same object is written at {objects[item.Key].Location}, which comes first and is in force; remove one of the two",
                        item.Location
                    )
                );
            }
        }

        return new([.. objects.Values], diagnostics.ToImmutable());
    }
}
