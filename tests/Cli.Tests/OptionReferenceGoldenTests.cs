using System.CommandLine;
using System.Text;
using System.Text.RegularExpressions;
using Mesh.ControlPlane;
using Mesh.Injector;
using Mesh.Proxy;
using Mesh.Proxy.Lifecycle;
using Mesh.Proxy.Redirect;
using Mesh.Tests;

namespace Mesh.Cli.Tests;

/// <summary><c>docs/options.md</c> says what every program can be told, in the words of the programs' own help.</summary>
public sealed partial class OptionReferenceGoldenTests
{
    private const string Introduction = """
        # Options

        What `--help` of each program says, in one place. Every option can also be given as an environment variable, `MESH_` and its name in upper snake
        case: `--access-log` is `MESH_ACCESS_LOG`; the command line goes first. A DURATION is a whole number with `ms`, `s`, `m` or `h`. All mistakes are
        reported at once, and end the program with 2. This page is written by `make golden`.

        """;

    private static readonly string[] Help = ["--help"];
    private static readonly Dictionary<string, string> NoEnvironment = [];

    [Fact]
    public async Task The_reference_of_options_is_what_the_programs_say()
    {
        var page = new StringBuilder(Introduction);
        Add(page, "Sidecar", Said(output => ProxyOptionSet.Read(Help, NoEnvironment, output, output, out _)));
        Add(
            page,
            "`redirect apply`, `remove` and `print` of the sidecar's program",
            Said(output => RedirectCommand.Run(Help, NoEnvironment, output, output))
        );
        var wait = new StringWriter();
        await WaitCommand.RunAsync(Help, NoEnvironment, wait, wait);
        Add(page, "`wait` of the sidecar's program", wait.ToString());
        Add(page, "Control plane", Said(output => ControlPlaneOptions.Read(Help, NoEnvironment, output, output)));
        Add(page, "Injector", Said(output => InjectorOptionSet.Read(Help, NoEnvironment, output, output, out _)));
        AddCommand(page, MeshctlCommand.Create(TimeProvider.System), []);

        Golden.Check(Path.Combine(Peers.ProjectDirectory, "..", "..", "docs"), ("options.md", page.ToString()));
    }

    private static void AddCommand(StringBuilder page, RootCommand root, string[] path)
    {
        var command = path.Aggregate((Command)root, (parent, name) => parent.Subcommands.Single(sub => sub.Name == name));
        Add(
            page,
            string.Join(' ', ["`meshctl", .. path]) + "`",
            Said(output => root.Parse([.. path, .. Help]).Invoke(new InvocationConfiguration { Output = output, Error = output }))
        );
        foreach (var sub in command.Subcommands)
        {
            AddCommand(page, root, [.. path, sub.Name]);
        }
    }

    private static string Said(Action<TextWriter> program)
    {
        using var output = new StringWriter();
        program(output);
        return output.ToString();
    }

    private static void Add(StringBuilder page, string title, string help)
    {
        var lines = help.Split('\n').Select(line => line.TrimEnd()).ToList();
        page.Append($"\n## {title}\n\n{lines[1].Trim()}\n");
        var rows = lines
            .SkipWhile(line => line is not ("Arguments:" or "Options:"))
            .TakeWhile(line => line != "Commands:")
            .Select(line => Row().Match(line))
            .Where(row => row.Success && row.Groups["name"].Value is not ("-?, -h, --help" or "--version"))
            .ToList();
        if (rows.Count > 0)
        {
            page.Append("\n| option | meaning | default |\n|---|---|---|\n");
        }

        foreach (var row in rows)
        {
            var name = row.Groups["name"].Value.Replace("|", "\\|", StringComparison.Ordinal);
            var initial = row.Groups["default"] is { Success: true, Length: > 0 } value ? $"`{value}`" : "";
            page.Append($"| `{name}` | {row.Groups["meaning"].Value.Replace("|", "\\|", StringComparison.Ordinal)} | {initial} |\n");
        }
    }

    [GeneratedRegex(@"^  (?<name>[-<].*?)\s{2,}(?<meaning>.*?)(?: \[env: \w+\])?(?: \[default: (?<default>.*)\])?$")]
    private static partial Regex Row();
}
