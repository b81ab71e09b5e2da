using System.Text;
using System.Text.Json.Nodes;
using Mesh.Config;
using Mesh.ControlPlane.Sources.Kubernetes;
using Mesh.Kubernetes;
using Mesh.Tests;

namespace Mesh.ControlPlane.Tests.Sources.Kubernetes;

/// <summary>A first list of many objects takes memory in proportion to them, not a multiple.</summary>
[Collection(nameof(Alone))]
public sealed class ListMemoryTests
{
    private const int Count = 10_000;

    private static readonly KnownKind Pods = KnownKind.All.Single(kind => kind.Kind == Kinds.Pod);

    [Fact]
    public void Ten_thousand_objects_are_held_and_read_within_three_times_their_JSON()
    {
        var (size, set, all) = (0L, new ClusterSet(), new List<KubernetesObject>(Count));
        var resource = new ClusterCollection(Pods, null, ListOptions.All).Resource("v1");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Count; i++)
        {
            // What a watcher holds when the last page is in; the pages themselves are gone by then.
            var json = Encoding.UTF8.GetBytes(Pod(i).ToJsonString());
            size += json.Length;
            all.Add(KubernetesObject.Read(json, resource));
        }

        set.Replace(Pods, all);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(all);
        Assert.InRange(after - before, 0, 3 * size);
        Assert.Equal(Count, set.State.Objects.Length);
    }

    private static JsonObject Pod(int i) =>
        new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject
            {
                ["name"] = $"books-{i:D5}",
                ["namespace"] = "shop",
                ["labels"] = new JsonObject { ["app"] = "books", ["version"] = $"v{i % 3}" },
                ["managedFields"] = new JsonArray(new JsonObject { ["manager"] = "kubelet", ["fieldsV1"] = new string('f', 500) }),
            },
            ["spec"] = new JsonObject
            {
                ["nodeName"] = $"node-{i % 50}",
                ["containers"] = new JsonArray(
                    new JsonObject
                    {
                        ["name"] = "app",
                        ["image"] = "books:1",
                        ["env"] = new JsonArray(new JsonObject { ["name"] = "SETTINGS", ["value"] = new string('e', 400) }),
                        ["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["containerPort"] = 8080 }),
                    }
                ),
            },
            ["status"] = new JsonObject
            {
                ["phase"] = "Running",
                ["podIP"] = $"10.{i / 65536}.{i / 256 % 256}.{i % 256}",
                ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True" }),
            },
        };
}
