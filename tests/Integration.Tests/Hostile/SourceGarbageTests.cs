using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.RegularExpressions;
using Mesh.Integration.Tests.Harness;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>Garbage in the control plane's directory: always a diagnostic, never a crash, and the good objects serve and follow meanwhile.</summary>
public sealed partial class SourceGarbageTests(HostedMesh hosted) : IClassFixture<HostedMesh>
{
    private const int Seed = 77_001;

    private LocalMesh Mesh => hosted.Mesh;

    [Fact]
    public async Task Files_that_are_no_objects_are_diagnosed_and_hide_nothing()
    {
        await using var steady = new SteadyClient(hosted.Sidecar, "hosted");
        var files = GarbageFiles().ToDictionary(file => file.Name, file => file.Bytes);
        foreach (var (name, bytes) in files)
        {
            Write(name, bytes);
        }

        await Mesh.ApplyAsync("beside-garbage.yaml", "");
        await Diagnosed.UntilAsync(Mesh, [.. files.Keys]);
        Mesh.ControlPlane.CheckSound("garbage files");
        foreach (var name in files.Keys)
        {
            Mesh.Delete(name);
        }

        await Diagnosed.UntilGoneAsync(Mesh, [.. files.Keys]);
        await Mesh.ApplyAsync("beside-garbage.yaml", "");
        await steady.CheckAsync();
        Mesh.ControlPlane.CheckSound("garbage files that went");
    }

    [Fact]
    public async Task Mutated_objects_hurt_nobody_else()
    {
        var random = new Random(Seed);
        var originals = Originals().ToArray();
        Assert.True(originals.Length > 20, $"only {originals.Length} files to mutate");
        await using var steady = new SteadyClient(hosted.Sidecar, "hosted");
        for (var batch = 0; batch < 12; batch++)
        {
            for (var i = 0; i < 20; i++)
            {
                Write($"mutated-{i}.yaml", Garbage.Mutate(random, originals[random.Next(originals.Length)]));
            }

            await Mesh.ApplyAsync("beside-mutants.yaml", "");
            Mesh.ControlPlane.CheckSound($"mutants of batch {batch}");
        }

        var names = Enumerable.Range(0, 20).Select(i => $"mutated-{i}.yaml").ToArray();
        foreach (var name in names)
        {
            Mesh.Delete(name);
        }

        await Diagnosed.UntilGoneAsync(Mesh, names);
        await steady.CheckAsync();
        hosted.Sidecar.Process.CheckSound("mutants");
    }

    [Fact]
    public async Task Files_that_come_and_go_while_they_are_read_cost_nothing_but_themselves()
    {
        await using var steady = new SteadyClient(hosted.Sidecar, "hosted");
        using var stop = new CancellationTokenSource();
        var flicker = Task.Run(
            async () =>
            {
                var random = new Random(Seed);
                for (var i = 0; !stop.IsCancellationRequested; i = (i + 1) % 10)
                {
                    var path = Path.Combine(Mesh.Config, $"flicker-{i}.yaml");
                    await File.WriteAllBytesAsync(path, Garbage.Bytes(random, random.Next(1, 20_000)));
                    await Task.Yield();
                    File.Delete(path);
                }
            },
            CancellationToken.None
        );
        for (var i = 0; i < 10; i++)
        {
            await Mesh.ApplyAsync("beside-flicker.yaml", "");
        }

        await stop.CancelAsync();
        await flicker;
        await Diagnosed.UntilGoneAsync(Mesh, [.. Enumerable.Range(0, 10).Select(i => $"flicker-{i}.yaml")]);
        await steady.CheckAsync();
        Mesh.ControlPlane.CheckSound("files that come and go");
    }

    [Fact]
    public async Task Things_that_are_no_files_do_not_stop_the_reader()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Mesh.Config, "odd")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "folder.yaml"));
        File.CreateSymbolicLink(Path.Combine(folder, "up"), "..");
        File.CreateSymbolicLink(Path.Combine(folder, "self"), "self");
        File.CreateSymbolicLink(Path.Combine(folder, "here.yaml"), ".");
        File.CreateSymbolicLink(Path.Combine(folder, "nowhere.yaml"), "/nonexistent/nowhere");
        File.CreateSymbolicLink(Path.Combine(folder, "circle.yaml"), "circle.yaml");
        await RunAsync("mkfifo", Path.Combine(folder, "pipe.yaml"));
        await Mesh.ApplyAsync("beside-oddities.yaml", "");
        await Diagnosed.UntilAsync(Mesh, "odd/nowhere.yaml", "odd/circle.yaml");
        Mesh.ControlPlane.CheckSound("oddities");
        Directory.Delete(folder, recursive: true);
        await Diagnosed.UntilGoneAsync(Mesh, "odd/nowhere.yaml", "odd/circle.yaml");
        await Mesh.ApplyAsync("beside-oddities.yaml", "");
    }

    [Fact]
    public async Task Folders_that_link_to_each_other_are_read_once()
    {
        // Eleven folders with links to all the others: forty million ways through them.
        var root = Directory.CreateDirectory(Path.Combine(Mesh.Config, "web")).FullName;
        var names = Enumerable.Range(0, 11).Select(i => $"f{i}").ToArray();
        foreach (var name in names)
        {
            var folder = Directory.CreateDirectory(Path.Combine(root, name)).FullName;
            foreach (var other in names.Where(other => other != name))
            {
                File.CreateSymbolicLink(Path.Combine(folder, "to-" + other), Path.Combine("..", other));
            }
        }

        await File.WriteAllTextAsync(Path.Combine(root, "f5", "inside.yaml"), Objects.Marker("inside.web.test", "found"));
        await hosted.Sidecar.AnswersAsync("inside.web.test", "found");
        Directory.Delete(root, recursive: true);
        await Mesh.ApplyAsync("beside-web.yaml", "");
    }

    [Fact]
    public async Task A_broken_version_leaves_the_last_good_one_in_force()
    {
        using var client = new EchoClient(hosted.Sidecar, Protocols.Http1);
        await Mesh.ApplyAsync("versions.yaml", Rules("good"));
        Assert.Equal("good", await RuleAsync(client));

        string[] broken =
        [
            Rules("bad").Replace("route:", "rout:", StringComparison.Ordinal),
            Rules("bad").Replace("hosts: [hosted]", "hosts: 7", StringComparison.Ordinal),
            Rules("bad").Replace("spec:", "spec: }", StringComparison.Ordinal),
            Rules("bad").Replace("host: hosted", "host: \"ho sted\"", StringComparison.Ordinal),
            "\0\u0001garbage: [",
        ];
        foreach (var (text, i) in broken.Select((text, i) => (text, i)))
        {
            Mesh.Write("versions.yaml", text);
            await Diagnosed.UntilAsync(Mesh, "versions.yaml");
            await Mesh.ApplyAsync("beside-versions.yaml", "");
            Assert.True(await RuleAsync(client) == "good", $"broken version {i}: {await RuleAsync(client)}");
            await Mesh.ApplyAsync("versions.yaml", Rules("good"));
            await Diagnosed.UntilGoneAsync(Mesh, "versions.yaml");
        }

        await Mesh.ApplyAsync("versions.yaml", Rules("better"));
        Assert.Equal("better", await RuleAsync(client));
        Mesh.Delete("versions.yaml");
        Mesh.ControlPlane.CheckSound("broken versions");
    }

    private static string Rules(string rule) =>
        Objects.VirtualService(
            "hosted",
            "default",
            "hosted",
            $"    - headers: {{ request: {{ set: {{ x-rule: {rule} }} }} }}\n      route: [ {{ destination: {{ host: hosted }} }} ]\n"
        );

    private static async Task<string?> RuleAsync(EchoClient client)
    {
        using var response = await client.SendAsync("/", host: "hosted");
        return response.IsSuccessStatusCode
            ? (await response.Content.ReadFromJsonAsync<Echo>())!.Header("x-rule")
            : ((int)response.StatusCode).ToString();
    }

    private static IEnumerable<(string Name, byte[] Bytes)> GarbageFiles()
    {
        var random = new Random(Seed);
        for (var i = 0; i < 8; i++)
        {
            yield return ($"random-{i}.yaml", Garbage.Bytes(random, 1 << (2 * i)));
        }

        yield return ("binary.json", Garbage.Bytes(random, 5000));
        yield return ("nul.yaml", new byte[4096]);
        yield return ("no-utf8.yaml", [.. "kind: "u8, 0xC3, 0x28, 0xFF, 0xFE, .. "\n"u8]);
        yield return ("half.json", "{ \"kind\": \"VirtualService\", \"metadata\": {"u8.ToArray());
        yield return ("scalar.yaml", "just a sentence\n"u8.ToArray());
        yield return ("tabs.yaml", "kind:\n\t- VirtualService\n"u8.ToArray());
        yield return ("no-kind.yaml", "apiVersion: v1\nmetadata: { name: a }\n"u8.ToArray());
        yield return ("no-name.yaml", "apiVersion: v1\nkind: Service\nspec: {}\n"u8.ToArray());
        yield return ("unknown-kind.yaml", "apiVersion: networking.istio.io/v1\nkind: VirtualSarvice\nmetadata: { name: a }\n"u8.ToArray());
        yield return ("deep-list.yaml", Encoding.UTF8.GetBytes(new string('[', 100_000)));
        yield return ("deep-map.yaml", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{a: ", 100_000))));
        yield return ("deep.json", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 100_000))));
        yield return (
            "deep-indent.yaml",
            Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 2000).Select(i => new string(' ', i) + "a:\n")))
        );
        yield return ("alias-bomb.yaml", Encoding.UTF8.GetBytes(AliasBomb()));
        yield return ("alias-of-nothing.yaml", "kind: *nobody\n"u8.ToArray());
        yield return ("alias-of-itself.yaml", "kind: Service\nmetadata: &m\n  name: a\n  labels: *m\n"u8.ToArray());
        yield return ("long-key.yaml", Encoding.UTF8.GetBytes(new string('k', 1_000_000) + ": v\n"));
        yield return ("odd-key.yaml", "? [ a, { b: c } ]\n: kind\n"u8.ToArray());
        yield return ("many-documents.yaml", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("---\nx\n", 2000))));
        yield return ("huge.yaml", Encoding.UTF8.GetBytes(new string('#', 40 * 1024 * 1024)));
    }

    private static string AliasBomb()
    {
        var text = new StringBuilder("apiVersion: v1\nkind: Service\nmetadata: { name: bomb }\na0: &a0 [ x, x, x, x, x, x, x, x, x, x ]\n");
        for (var i = 1; i < 12; i++)
        {
            text.Append($"a{i}: &a{i} [ {string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))} ]\n");
        }

        return text.ToString();
    }

    // Real objects to start from. Sidecar objects are left out: a sound one may rightly take away what the test watches.
    private static IEnumerable<byte[]> Originals()
    {
        var root = Path.GetFullPath(Path.Combine(Peers.ProjectDirectory, "..", ".."));
        string[] folders = ["examples", "tests/Config.Tests/testdata", "tests/ControlPlane.Tests/testdata"];
        return folders
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder), "*.yaml", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes)
            // These are meant for others than themselves: a policy, also a broken one, may well refuse everybody.
            .Where(bytes => !Restricting().IsMatch(Encoding.Latin1.GetString(bytes)));
    }

    [GeneratedRegex("kind: (Sidecar|AuthorizationPolicy|PeerAuthentication|RequestAuthentication)")]
    private static partial Regex Restricting();

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private void Write(string name, byte[] bytes)
    {
        var temporary = Path.Combine(Mesh.Root, name);
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, Path.Combine(Mesh.Config, name), overwrite: true);
    }
}
