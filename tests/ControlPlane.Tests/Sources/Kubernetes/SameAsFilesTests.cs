using System.Text;
using System.Text.RegularExpressions;
using Mesh.ApiServerDouble;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Sources;
using Mesh.ControlPlane.Sources.Kubernetes;
using Mesh.ControlPlane.Tests.Generation;
using Mesh.ControlPlane.Translation;
using Mesh.Tests;
using Mesh.Xds;
using Microsoft.Extensions.Logging.Abstractions;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Sources.Kubernetes;

/// <summary>Wherever objects come from, the mesh is the same to the byte: files as <c>kubectl get -o json</c> prints them, and the cluster itself.</summary>
public sealed partial class SameAsFilesTests
{
    private static readonly string Folder = Path.Combine(Peers.ProjectDirectory, "testdata", "generation");

    public static IEnumerable<object[]> Cases => Golden.Cases(Folder);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_cluster_and_a_directory_with_the_same_objects_are_the_same_mesh(string name)
    {
        await using var cluster = await ClusterHarness.StartAsync();
        var directory = Directory.CreateTempSubdirectory("mesh-same-").FullName;
        try
        {
            foreach (var item in YamlObjects.Read(await File.ReadAllTextAsync(Path.Combine(Folder, name, "in.yaml"))))
            {
                cluster.Server.Put(item);
                var (kind, metadata) = ((string)item["kind"]!, item["metadata"]!);
                var isCluster = kind is "Namespace" or "Node";
                var stored = cluster.Server.Find(
                    (string)item["apiVersion"]!,
                    kind,
                    isCluster ? null : (string?)metadata["namespace"] ?? "default",
                    (string)metadata["name"]!
                )!;
                var file = $"{kind}.{(string?)metadata["namespace"]}.{(string)metadata["name"]!}.json";
                await File.WriteAllTextAsync(Path.Combine(directory, file), stored.ToJsonString());
            }

            await cluster.FollowAsync();
            await using var files = new FileSource(directory, TimeProvider.System, NullLogger.Instance);
            var here = Describe(await files.ReadAsync(CancellationToken.None), name);
            var there = Describe(await cluster.ReadAsync(), name);
            Assert.Equal(here, there);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    // Where an object is written is all that may differ.
    private static string Describe(SourceState state, string name)
    {
        var result = Translator.Translate(ObjectSet.From(state.Objects), MeshSettings.Default);
        var view = new ResourceGenerator().Generate(result.Snapshot, 0);
        var text = new StringBuilder(SnapshotDump.ToYaml(result.Snapshot));
        foreach (var line in File.ReadAllLines(Path.Combine(Folder, name, "in.nodes")).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var node = line.Split(' ', 4);
            var set = view.ResourcesFor(NodeInfo.Parse(new Pb.Node { Id = node[1], UserAgentName = node.Length > 3 ? node[3] : "" }));
            foreach (var type in TypeUrls.PushOrder.Where(type => type != TypeUrls.Secret))
            {
                text.Append(ResourceYaml.Write(set.Of(type).All));
            }
        }

        foreach (var diagnostic in state.Diagnostics.Concat(result.Diagnostics).Select(one => one.ToString()).Order(StringComparer.Ordinal))
        {
            text.Append(diagnostic).Append('\n');
        }

        var places = Places().Replace(text.ToString(), ClusterObject.Place);
        return string.Join('\n', places.Split('\n').TakeWhile(line => !line.StartsWith("kubernetes:", StringComparison.Ordinal)))
            + string.Join(
                '\n',
                places.Split('\n').Where(line => line.StartsWith("kubernetes:", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            );
    }

    [GeneratedRegex(@"/[^\s:()]*mesh-same-[^\s:()]*\.json(?=:\d)")]
    private static partial Regex Places();
}
