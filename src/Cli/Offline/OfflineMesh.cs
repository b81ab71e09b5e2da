using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Security.Cryptography;
using Mesh.Config;
using Mesh.ControlPlane;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Sources;
using Mesh.ControlPlane.Translation;

namespace Mesh.Cli.Offline;

/// <summary>What the control plane would make of files, without a control plane: the same pure functions, run once.</summary>
internal sealed record OfflineMesh(ObjectSet Objects, MeshSnapshot Snapshot, ImmutableArray<Diagnostic> Diagnostics)
{
    /// <summary><c>-f</c>, for every command that reads files.</summary>
    public static Option<string[]> FilesOption()
    {
        var option = new Option<string[]>("--filename", "-f")
        {
            Description = "Directory (read recursively) or file with YAML or JSON objects; may be given several times",
            Required = true,
        };
        option.Validators.Add(result =>
        {
            foreach (var path in result.GetValueOrDefault<string[]>() ?? [])
            {
                if (!File.Exists(path) && !Directory.Exists(path))
                {
                    result.AddError($"-f {path}: there is no such file or directory");
                }
            }
        });
        return option;
    }

    /// <summary><c>--root-namespace</c> and <c>--trust-domain</c>, as the control plane has them.</summary>
    public static (Option<string> RootNamespace, Option<string> TrustDomain) SettingsOptions()
    {
        var rootNamespace = new Option<string>("--root-namespace")
        {
            Description = "Namespace whose rules hold for the whole mesh",
            DefaultValueFactory = _ => MeshSettings.Default.RootNamespace,
        };
        var trustDomain = new Option<string>("--trust-domain")
        {
            Description = "First part of every workload's identity; service names stay below cluster.local",
            DefaultValueFactory = _ => MeshSettings.Default.TrustDomain,
        };
        rootNamespace.Validators.Add(result => Check(result, "--root-namespace", ControlPlaneOptions.NamespaceName));
        trustDomain.Validators.Add(result => Check(result, "--trust-domain", ControlPlaneOptions.DomainName));
        return (rootNamespace, trustDomain);
    }

    public static OfflineMesh Read(IEnumerable<string> paths, MeshSettings settings)
    {
        var listings = paths.Select(path => Directory.Exists(path) ? DirectoryReader.List(path) : Single(path)).ToList();
        var listing = new FileListing([.. listings.SelectMany(l => l.Files)], [.. listings.SelectMany(l => l.Unreadable)]);
        var state = FileSet.Empty.Apply(listing, listing.Files.ToDictionary(entry => entry.Path, Read)).State;
        var objects = ObjectSet.From(state.Objects);
        var result = Translator.Translate(objects, settings);
        return new OfflineMesh(
            objects,
            result.Snapshot,
            [
                .. state
                    .Diagnostics.Concat(result.Diagnostics)
                    .OrderBy(d => d.Location.File, StringComparer.Ordinal)
                    .ThenBy(d => d.Location.Line)
                    .ThenBy(d => d.Path, StringComparer.Ordinal),
            ]
        );
    }

    private delegate string? TextParser(string text, out string? error);

    private static void Check(OptionResult result, string name, TextParser parser)
    {
        // Without a value the parser has said so.
        if (result.Tokens.Count != 1)
        {
            return;
        }

        parser(result.Tokens[0].Value, out var error);
        if (error is not null)
        {
            result.AddError($"{name}: {error}");
        }
    }

    private static FileListing Single(string path)
    {
        var file = new FileInfo(path);
        return new FileListing([new FileEntry(path, file.FullName, file.Length, file.LastWriteTimeUtc.Ticks)], []);
    }

    private static FileRead Read(FileEntry entry)
    {
        if (FileRead.TooLarge(entry) is { } tooLarge)
        {
            return tooLarge;
        }

        try
        {
            var bytes = File.ReadAllBytes(entry.RealPath);
            return new FileRead.Content([.. SHA256.HashData(bytes)], ObjectParser.Parse(entry.Path, bytes));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return new FileRead.Failed(problem.Message);
        }
    }
}
