using System.Runtime.CompilerServices;
using Mesh.Config.Reading;
using Mesh.Tests;

namespace Mesh.Config.Tests.Schemas;

public class CustomResourceGoldenTests
{
    [Fact]
    public void The_definitions_in_deploy_are_what_the_readers_understand()
    {
        var documentation = SpecDocumentation.Load();
        var files = KindCatalog
            .MeshKinds.Select(kind => new CustomResource(kind, documentation))
            .Select(resource => (resource.FileName, resource.Write()))
            .OrderBy(file => file.FileName, StringComparer.Ordinal)
            .ToList();
        var list = $"""
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            resources:
            {string.Join('\n', files.Select(file => $"  - {file.FileName}"))}

            """;
        Golden.Check(Folder(), [.. files, ("kustomization.yaml", list)]);
    }

    [Fact]
    public void Every_field_of_a_mesh_kind_is_described()
    {
        var documentation = SpecDocumentation.Load();
        var bare = new List<string>();
        foreach (var kind in KindCatalog.MeshKinds)
        {
            var spec = kind.Schema().Field("spec");
            Find(kind.Kind, spec.Node!, spec.Type!);
        }

        Assert.True(bare.Count == 0, string.Join('\n', bare));

        void Find(string path, SchemaNode node, Type type)
        {
            foreach (var name in node.Names)
            {
                var field = node.Field(name);
                if (documentation.Of(type, name) is null && (field.Type is null || documentation.Of(field.Type) is null))
                {
                    bare.Add($"{path}.{name} ({type.Name})");
                }

                if (field.Node is { } below)
                {
                    Find($"{path}.{name}", below, field.Type!);
                }
            }
        }
    }

    private static string Folder([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../../deploy/base/crds"));
}
