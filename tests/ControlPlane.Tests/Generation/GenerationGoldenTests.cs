using Mesh.ControlPlane.Delivery;
using Mesh.Tests;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Generation;

/// <summary>
/// What nodes get, by behaviour: <c>in.yaml</c> holds the objects; each line of <c>in.nodes</c> names an output, the node id, the types to show
/// and, for libraries, the user agent.
/// </summary>
public sealed class GenerationGoldenTests
{
    private static readonly string Folder = Path.Combine(Peers.ProjectDirectory, "testdata", "generation");

    public static IEnumerable<object[]> Cases => Golden.Cases(Folder);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Routes_are_the_bytes_of_the_whole_message(string name)
    {
        var resources = TestMesh.Generate(File.ReadAllText(Path.Combine(Folder, name, "in.yaml")));

        var routes = resources.ResourcesFor(TestMesh.Sidecar("client", "shop")).Of(TypeUrls.Route).All;

        Assert.All(
            routes,
            made => Assert.Equal(XdsResource.Create(made.Name, made.Unpack(Pb.RouteConfiguration.Parser)).AnyBytes, made.AnyBytes)
        );
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Nodes_get_what_the_objects_mean(string name)
    {
        var folder = Path.Combine(Folder, name);
        var resources = TestMesh.Generate(File.ReadAllText(Path.Combine(folder, "in.yaml")), WrittenKeys.Of(folder));
        var outputs = File.ReadAllLines(Path.Combine(folder, "in.nodes"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', 4))
            .Select(node =>
            {
                var info = NodeInfo.Parse(new Pb.Node { Id = node[1], UserAgentName = node.Length > 3 ? node[3] : "" });
                var set = resources.ResourcesFor(info);
                var shown = node[2].Split(',');
                return (
                    $"{node[0]}.yaml",
                    string.Concat(
                        TypeUrls
                            .PushOrder.Where(type => shown.Contains(TypeUrls.ShortName(type)))
                            .Select(type => ResourceYaml.Write(set.Of(type).All))
                    )
                );
            })
            .ToArray();

        Golden.Check(folder, outputs);
    }
}
