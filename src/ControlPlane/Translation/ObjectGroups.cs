using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Objects of one kind by a name they share; a group in which nothing changed is kept by reference.</summary>
internal sealed class ObjectGroups<TSpec>
    where TSpec : class, IObjectSpec
{
    private readonly ImmutableArray<ConfigObject<TSpec>> objects;
    private readonly FrozenDictionary<(string Namespace, string Name), ImmutableArray<ConfigObject<TSpec>>> groups;

    private ObjectGroups(
        ImmutableArray<ConfigObject<TSpec>> objects,
        FrozenDictionary<(string Namespace, string Name), ImmutableArray<ConfigObject<TSpec>>> groups
    )
    {
        this.objects = objects;
        this.groups = groups;
    }

    public ImmutableArray<ConfigObject<TSpec>> this[string objectNamespace, string name] =>
        groups.TryGetValue((objectNamespace, name), out var group) ? group : [];

    /// <param name="nameOf">The group an object belongs to within its namespace; null for none.</param>
    public static ObjectGroups<TSpec> Build(
        ImmutableArray<ConfigObject<TSpec>> objects,
        Func<ConfigObject<TSpec>, string?> nameOf,
        ObjectGroups<TSpec>? previous
    )
    {
        if (previous is not null && previous.objects == objects)
        {
            return previous;
        }

        var builders = new Dictionary<(string, string), ImmutableArray<ConfigObject<TSpec>>.Builder>();
        foreach (var item in objects)
        {
            if (nameOf(item) is { } name)
            {
                var key = (item.Key.Namespace, name);
                if (!builders.TryGetValue(key, out var builder))
                {
                    builders.Add(key, builder = ImmutableArray.CreateBuilder<ConfigObject<TSpec>>());
                }

                builder.Add(item);
            }
        }

        return new(
            objects,
            builders.ToFrozenDictionary(
                pair => pair.Key,
                pair =>
                    pair.Value.ToImmutable() is var now
                    && previous is not null
                    && previous.groups.TryGetValue(pair.Key, out var before)
                    && References.Same(now, before)
                        ? before
                        : pair.Value.ToImmutable()
            )
        );
    }
}
