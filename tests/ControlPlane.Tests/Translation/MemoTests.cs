using Mesh.Config;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Translation;

namespace Mesh.ControlPlane.Tests.Translation;

/// <summary>A translation that remembers keeps what did not change, and never differs from one that does not.</summary>
public sealed class MemoTests
{
    [Fact]
    public void A_change_of_endpoints_keeps_routes_policies_and_other_services()
    {
        ConfigObject[] others =
        [
            .. Given
                .Parsed(
                    string.Join(
                        "\n---\n",
                        Given.Service("books", "shop"),
                        Given.Service("web", "shop"),
                        Given.Slice("web", "shop", "127.9.0.9"),
                        Given.Routes("books", "shop", "books"),
                        Given.Rule("books", "shop", "books")
                    )
                )
                .Objects,
        ];
        var before = ObjectSet.From([.. others, .. Given.Parsed(Given.Slice("books", "shop", "127.9.0.1")).Objects]);
        var after = ObjectSet.From([.. others, .. Given.Parsed(Given.Slice("books", "shop", "127.9.0.2")).Objects], before);
        var first = Translator.Translate(before, MeshSettings.Default);

        var second = Translator.Translate(after, MeshSettings.Default, first);

        Assert.NotSame(first.Snapshot, second.Snapshot);
        Assert.Equal("127.9.0.2", Assert.Single(second.Snapshot.ServiceFor("shop", "books.shop.svc.cluster.local")!.Endpoints).Address);
        Assert.Equal(first.Snapshot.Routes, second.Snapshot.Routes);
        Assert.Equal(first.Snapshot.Policies, second.Snapshot.Policies);
        Assert.Same(
            first.Snapshot.ServiceFor("shop", "web.shop.svc.cluster.local"),
            second.Snapshot.ServiceFor("shop", "web.shop.svc.cluster.local")
        );
    }

    [Fact]
    public void A_changed_VirtualService_leaves_the_routes_of_the_others_alone()
    {
        ConfigObject[] others = [.. Given.Parsed(Given.Service("books", "shop") + "\n---\n" + Routes("kept", "books", 1)).Objects];
        var before = ObjectSet.From([.. others, .. Given.Parsed(Routes("changed", "covers", 1)).Objects]);
        var after = ObjectSet.From([.. others, .. Given.Parsed(Routes("changed", "covers", 2)).Objects], before);
        var first = Translator.Translate(before, MeshSettings.Default);

        var second = Translator.Translate(after, MeshSettings.Default, first);

        Assert.Same(
            Assert.Single(first.Snapshot.Routes, set => set.Name == "kept"),
            Assert.Single(second.Snapshot.Routes, set => set.Name == "kept")
        );
        Assert.NotSame(
            Assert.Single(first.Snapshot.Routes, set => set.Name == "changed"),
            Assert.Single(second.Snapshot.Routes, set => set.Name == "changed")
        );
        Assert.Equal(first.Diagnostics.AsEnumerable(), second.Diagnostics.AsEnumerable());

        static string Routes(string name, string host, int timeout) =>
            $$"""
                apiVersion: networking.istio.io/v1
                kind: VirtualService
                metadata: { name: {{name}}, namespace: shop }
                spec:
                  hosts: [{{host}}]
                  http: [ { timeout: {{timeout}}s, route: [ { destination: { host: nowhere } } ] } ]
                """;
    }

    [Fact]
    public void The_same_objects_give_the_same_snapshot()
    {
        var objects = Given.Objects(Given.Service("books", "shop"));
        var first = Translator.Translate(objects, MeshSettings.Default);

        Assert.Same(first.Snapshot, Translator.Translate(objects, MeshSettings.Default, first).Snapshot);
    }

    [Fact]
    public void However_objects_come_and_go_memory_changes_nothing()
    {
        var random = new Random(7);
        ConfigObject[] pool = [.. GoldenTests.AllInputs().DistinctBy(item => item.Key)];
        var chosen = new HashSet<ConfigObject>(ReferenceEqualityComparer.Instance);
        var set = ObjectSet.Empty;
        TranslationResult? last = null;
        for (var step = 0; step < 200; step++)
        {
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                var item = pool[random.Next(pool.Length)];
                if (!chosen.Remove(item))
                {
                    chosen.Add(item);
                }
            }

            set = ObjectSet.From(chosen, set);
            last = Translator.Translate(set, MeshSettings.Default, last);
            var fresh = Translator.Translate(ObjectSet.From(chosen), MeshSettings.Default);

            Assert.Equal(SnapshotDump.ToYaml(fresh.Snapshot), SnapshotDump.ToYaml(last.Snapshot));
            Assert.Equal(fresh.Diagnostics.AsEnumerable(), last.Diagnostics.AsEnumerable());
        }
    }

    [Fact]
    public void The_order_of_objects_does_not_matter()
    {
        ConfigObject[] objects = [.. GoldenTests.AllInputs().DistinctBy(item => item.Key)];
        var shuffled = objects.ToArray();
        new Random(3).Shuffle(shuffled);

        Assert.Equal(
            SnapshotDump.ToYaml(Translator.Translate(ObjectSet.From(objects), MeshSettings.Default).Snapshot),
            SnapshotDump.ToYaml(Translator.Translate(ObjectSet.From(shuffled), MeshSettings.Default).Snapshot)
        );
    }
}
