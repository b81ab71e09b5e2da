using Mesh.Config.Specs;
using Mesh.Config.Validation;

namespace Mesh.Config.Tests;

/// <summary>Validation of objects that were not parsed from a file, and of those that we hand out.</summary>
public sealed class ObjectValidatorTests
{
    [Fact]
    public void An_object_made_in_memory_is_validated_at_its_own_location()
    {
        var subject = new ConfigObject<VirtualServiceSpec>(new VirtualServiceSpec { Hosts = ["a"] })
        {
            ApiVersion = "networking.istio.io/v1",
            Key = new ObjectKey(Kinds.VirtualService, "shop", "books"),
            Location = new SourceLocation("memory", 7),
        };

        var problem = Assert.Single(ObjectValidator.Validate(subject));

        Assert.Equal("memory:7: VirtualService shop/books spec: has no rules; give http, tls or tcp [NoAction]", problem.ToString());
    }

    [Fact]
    public void A_parsed_object_has_the_same_problems_when_it_is_validated_again()
    {
        var result = ObjectParser.Parse(
            "in.yaml",
            """
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: books, namespace: shop}
            spec:
              host: books
              trafficPolicy:
                loadBalancer: {simple: RANDOM, warmup: {duration: 60s}}
                tls: {mode: SIMPLE}
            """
        );

        var again = ObjectValidator.Validate(Assert.Single(result.Objects));

        Assert.Equal(result.Diagnostics.Select(problem => problem.Path), again.Select(problem => problem.Path));
        Assert.Equal(2, again.Length);
    }

    [Fact]
    public void The_examples_we_ship_are_accepted_without_a_word()
    {
        var root = Path.GetFullPath(Path.Combine(GoldenTests.Here(), "..", "..", "examples"));
        var files = Directory
            .GetFiles(root, "*.yaml", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules"))
            .ToList();

        Assert.NotEmpty(files);
        Assert.Equal("", string.Join("\n", files.SelectMany(file => ObjectParser.Parse(file, File.ReadAllBytes(file)).Diagnostics)));
    }
}
