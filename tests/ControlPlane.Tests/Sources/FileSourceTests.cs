using System.Diagnostics;
using System.Text;
using Mesh.Config;
using Mesh.ControlPlane.Sources;
using Mesh.ControlPlane.Tests.Translation;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Sources;

/// <summary>Real files in a real directory: what is read, and that changes are noticed.</summary>
#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime
public sealed class FileSourceTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private readonly string root = Directory.CreateTempSubdirectory("mesh-files-").FullName;
    private FileSource source = null!;

    public Task InitializeAsync()
    {
        source = new FileSource(root, TimeProvider.System, NullLogger.Instance);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await source.DisposeAsync();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Directories_are_read_to_the_bottom_and_dotfiles_and_other_files_are_left_out()
    {
        Write("a.yaml", Rule("a"));
        Write("deep/er/b.YML", Rule("b"));
        Write("c.json", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"c"}}""");
        Write(".hidden.yaml", Rule("hidden"));
        Write(".git/x.yaml", Rule("hidden-too"));
        Write("notes.txt", "no yaml");

        Assert.Equal(["a", "b", "c"], await ReadNames());
    }

    [Fact]
    public async Task Files_that_come_change_and_go_are_noticed()
    {
        Assert.Empty(await ReadNames());

        Write("a.yaml", Rule("a"));
        await Until("a");
        Write("sub/b.yaml", Rule("b"));
        await Until("a", "b");
        Write("a.yaml", Rule("changed"));
        await Until("b", "changed");
        File.Move(Path.Combine(root, "sub/b.yaml"), Path.Combine(root, "sub/c.yaml"));
        await Until("b", "changed");
        Directory.Delete(Path.Combine(root, "sub"), recursive: true);
        await Until("changed");
    }

    [Fact]
    public async Task A_file_replaced_by_rename_is_noticed()
    {
        Write("a.yaml", Rule("one"));
        Assert.Equal(["one"], await ReadNames());

        Write(".new", Rule("two"));
        File.Move(Path.Combine(root, ".new"), Path.Combine(root, "a.yaml"), overwrite: true);

        await Until("two");
    }

    // kubelet: file -> ..data/file, ..data -> ..version; an update makes a new directory and renames a link over ..data.
    [Fact]
    public async Task A_mounted_ConfigMap_is_read_once_and_its_swap_is_noticed()
    {
        Write("..2024_1/mesh.yaml", Rule("one"));
        Link("..data", "..2024_1");
        Link("mesh.yaml", "..data/mesh.yaml");
        Link("again.yaml", "..data/mesh.yaml");

        var state = await source.ReadAsync(default);
        Assert.Equal("one", Assert.Single(state.Objects).Key.Name);
        Assert.Empty(state.Diagnostics);

        Write("..2024_2/mesh.yaml", Rule("two"));
        Link("..data_tmp", "..2024_2");
        // .NET follows the link to its directory; rename(2) must not.
        using var rename = Process.Start("mv", ["-T", Path.Combine(root, "..data_tmp"), Path.Combine(root, "..data")]);
        await rename.WaitForExitAsync();

        await Until("two");
    }

    [Fact]
    public async Task Linked_directories_are_followed_and_circles_end()
    {
        var outside = Directory.CreateTempSubdirectory("mesh-linked-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(outside, "far.yaml"), Rule("far"));
            Link("linked", outside);
            Link("circle", root);

            Assert.Equal(["far"], await ReadNames());
            await File.WriteAllTextAsync(Path.Combine(outside, "far.yaml"), Rule("farther"));
            await Until("farther");
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [Fact]
    public void A_link_that_leads_nowhere_is_named()
    {
        Link("broken.yaml", "nowhere");
        Link("circle.yaml", "circle.yaml");
        Link("no-configuration.txt", "nowhere");

        Assert.Equal(
            ["broken.yaml", "circle.yaml"],
            DirectoryReader.List(root).Unreadable.Select(unreadable => Path.GetFileName(unreadable.Path))
        );
    }

    [Fact]
    public void Directories_that_link_to_each_other_are_each_read_once()
    {
        // Ways through a dozen directories that all link to each other: more than a billion.
        var names = Enumerable.Range(0, 12).Select(i => $"d{i}").ToArray();
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.Combine(root, name));
            File.WriteAllText(Path.Combine(root, name, "a.yaml"), Rule(name));
        }

        foreach (var name in names)
        {
            foreach (var other in names.Where(other => other != name))
            {
                Link(Path.Combine(name, "to-" + other), Path.Combine("..", other));
            }
        }

        Assert.Equal(names.Length, DirectoryReader.List(root).Files.Length);
    }

    [Fact]
    public async Task A_file_that_is_too_large_keeps_what_was_read_from_it()
    {
        Write("a.yaml", Rule("a"));
        Assert.Equal(["a"], await ReadNames());

        await using (var file = File.OpenWrite(Path.Combine(root, "a.yaml")))
        {
            file.SetLength(ObjectParser.MaxFileBytes + 1L);
        }

        await source.WaitForSignalAsync(default).WaitAsync(Bound);
        var state = await source.ReadAsync(default);
        Assert.Equal("a", Assert.Single(state.Objects).Key.Name);
        Assert.Contains("split the file", Assert.Single(state.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garbage_never_throws_and_never_hides_the_others()
    {
        var random = new Random(11);
        var good = Encoding.UTF8.GetBytes(
            Rule("mutated") + "\n---\n" + Given.Service("books", "shop") + "\n---\n" + Given.Routes("r", "shop", "books")
        );
        Write("zz-good.yaml", Rule("good"));
        for (var round = 0; round < 300; round++)
        {
            byte[] bytes;
            if (round % 3 == 0)
            {
                bytes = new byte[random.Next(0, 2000)];
                random.NextBytes(bytes);
            }
            else
            {
                bytes = [.. good];
                for (var change = random.Next(1, 12); change > 0; change--)
                {
                    bytes[random.Next(bytes.Length)] = round % 3 == 1 ? (byte)random.Next(256) : good[random.Next(good.Length)];
                }
            }

            await File.WriteAllBytesAsync(Path.Combine(root, $"garbage-{round % 7}.yaml"), bytes);
            Assert.Contains("good", await ReadNames());
        }
    }

    private static string Rule(string name) => Given.Rule(name, "shop", "books");

    private void Write(string path, string text)
    {
        var full = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private void Link(string path, string target) => File.CreateSymbolicLink(Path.Combine(root, path), target);

    private async Task<IReadOnlyList<string>> ReadNames() => [.. (await source.ReadAsync(default)).Objects.Select(item => item.Key.Name)];

    private async Task Until(params string[] names)
    {
        using var bound = new CancellationTokenSource(Bound);
        while (true)
        {
            await source.WaitForSignalAsync(bound.Token);
            if ((await ReadNames()).SequenceEqual(names))
            {
                return;
            }
        }
    }
}
