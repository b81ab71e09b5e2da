using Mesh.Proxy.Configuration;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Tests.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.Discovery;

public sealed class LastGoodFileTests : IDisposable
{
    private const string Node = "sidecar~10.0.0.7~a.b~b.svc.cluster.local";

    private readonly string _folder = Directory.CreateTempSubdirectory("last-good-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "config");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_saved_is_read_again()
    {
        var set = ConfigCompilerTests.Shop();

        Assert.True(File().Save(set));
        var loaded = File().Load();

        Assert.Equal(set.Version, loaded.Version);
        Assert.Equal(
            set.All.Select(e => (e.TypeUrl, e.Name, e.Message, e.UpdatedAt)).ToHashSet(),
            loaded.All.Select(e => (e.TypeUrl, e.Name, e.Message, e.UpdatedAt)).ToHashSet()
        );
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void No_file_is_no_configuration() => Assert.Same(XdsSet.Empty, File().Load());

    [Fact]
    public void The_file_of_another_node_is_ignored()
    {
        File().Save(ConfigCompilerTests.Shop());

        Assert.Same(XdsSet.Empty, File("sidecar~10.0.0.8~a.b~b.svc.cluster.local").Load());
    }

    [Fact]
    public void Any_damage_makes_the_file_worthless_but_never_fatal()
    {
        File().Save(ConfigCompilerTests.Shop());
        var sound = System.IO.File.ReadAllBytes(Path);
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            var damaged = (byte[])sound.Clone();
            if (random.Next(4) == 0)
            {
                damaged = damaged[..random.Next(damaged.Length)];
            }
            else
            {
                damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            }

            System.IO.File.WriteAllBytes(Path, damaged);

            Assert.Same(XdsSet.Empty, File().Load());
        }
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_reported_and_survived() =>
        Assert.False(new LastGoodFile(Path + "/x/y", Node, NullLogger<LastGoodFile>.Instance).Save(XdsSet.Empty));

    private LastGoodFile File(string node = Node) => new(Path, node, NullLogger<LastGoodFile>.Instance);
}
