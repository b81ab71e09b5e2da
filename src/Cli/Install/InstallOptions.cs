using System.Collections.Immutable;
using System.CommandLine;
using System.Text.RegularExpressions;
using Mesh.Injector.Deciding;

namespace Mesh.Cli.Install;

/// <summary>What is installed or looked for.</summary>
internal sealed partial class InstallOptions
{
    private readonly Option<string> _overlay = new("--overlay")
    {
        Description = "Size of the installation: demo (one replica of everything) or production",
        DefaultValueFactory = _ => "demo",
    };

    private readonly Option<string> _revision = new("--revision")
    {
        Description = "Name of this installation beside others, chosen by the label istio.io/rev; for upgrades step by step",
        DefaultValueFactory = _ => MeshLabels.DefaultRevision,
    };

    private readonly Option<string?> _hub = new("--hub") { Description = "Registry and path of the images; mesh unless given" };

    private readonly Option<string?> _tag = new("--tag") { Description = "Tag of the images; latest unless given" };

    private InstallOptions(Command command)
    {
        _overlay.AcceptOnlyFromAmong([.. ManifestSet.Overlays]);
        _revision.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !Name().IsMatch(result.Tokens[0].Value))
            {
                result.AddError($"--revision {result.Tokens[0].Value}: write lower-case letters, digits and dashes, at most 40 characters");
            }
        });
        command.Options.Add(_overlay);
        command.Options.Add(_revision);
        command.Options.Add(_hub);
        command.Options.Add(_tag);
    }

    public static InstallOptions AddTo(Command command) => new(command);

    public ImmutableArray<Manifest> Read(ParseResult arguments) =>
        ManifestSet.Load(
            arguments.GetRequiredValue(_overlay),
            arguments.GetRequiredValue(_revision),
            arguments.GetValue(_hub),
            arguments.GetValue(_tag)
        );

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]
    private static partial Regex Name();
}
