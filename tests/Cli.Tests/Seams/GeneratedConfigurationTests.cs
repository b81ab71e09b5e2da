using System.Collections.Immutable;
using System.Net;
using Google.Protobuf.WellKnownTypes;
using Mesh.Config;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Translation;
using Mesh.Proxy;
using Mesh.Proxy.Configuration;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Cli.Tests.Seams;

/// <summary>What the control plane generates, the proxy understands: every case that generation holds goldens for.</summary>
public sealed class GeneratedConfigurationTests
{
    private static readonly string Folder = Path.Combine(Root(), "tests", "ControlPlane.Tests", "testdata", "generation");

    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Folder).Select(folder => Path.GetFileName(folder)!)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_sidecar_accepts_everything_and_misses_only_what_nobody_has(string name)
    {
        var resources = Generate(name);
        foreach (var node in Nodes(name))
        {
            var reasons = new List<string>();
            var all = XdsSet.Empty;
            foreach (var type in resources.ResourcesFor(node).Types)
            {
                var entries = type.All.Select(resource =>
                    ResourceReader.Read(
                        type.TypeUrl,
                        resource.Name,
                        resource.Version,
                        Any.Parser.ParseFrom(resource.AnyBytes.Span),
                        DateTimeOffset.UnixEpoch,
                        reasons
                    )
                );
                all = all.With(type.TypeUrl, entries.OfType<XdsEntry>().ToList(), []);
            }

            Assert.Empty(reasons);
            var config = ConfigCompiler.Compile(
                all,
                null,
                new CompileContext
                {
                    Capture = CaptureMode.None,
                    NodeAddress = IPAddress.Loopback,
                    Application = IPAddress.Loopback,
                }
            );
            Assert.NotNull(config.Outbound.Default);
            Assert.Equal(
                name switch
                {
                    "missing-destinations" => 2,
                    "mirrors" => 1,
                    _ => 0,
                },
                config.Missing.Length
            );
        }
    }

    private static MeshResources Generate(string name)
    {
        var parsed = ObjectParser.Parse("in.yaml", File.ReadAllText(Path.Combine(Folder, name, "in.yaml")));
        var snapshot = Translator.Translate(ObjectSet.From(parsed.Objects), MeshSettings.Default).Snapshot;
        return new ResourceGenerator().Generate(snapshot, 0);
    }

    private static ImmutableArray<NodeInfo> Nodes(string name) =>
        [
            .. File.ReadAllLines(Path.Combine(Folder, name, "in.nodes"))
                .Where(line => !line.StartsWith('#'))
                .Select(line => line.Split(' '))
                .Where(parts => parts.Length == 3)
                .Select(parts => NodeInfo.Parse(new Pb.Node { Id = parts[1] })),
        ];

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Mesh.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Mesh.sln above {AppContext.BaseDirectory}.");
    }
}
