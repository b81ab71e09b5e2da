using System.Collections;
using System.CommandLine;
using System.CommandLine.Help;

namespace Mesh.Cli;

/// <summary>Options from the environment: <c>MESH_</c> and the option's name in upper snake case holds where the command line says nothing.</summary>
internal static class EnvironmentArguments
{
    /// <summary>The variable of an option: <c>MESH_CONTROL_PLANE</c> of <c>--control-plane</c>.</summary>
    public static string NameOf(Option option) => "MESH_" + option.Name.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    /// <summary>This process's variables.</summary>
    public static IReadOnlyDictionary<string, string> OfProcess() =>
        Environment
            .GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);

    /// <summary>Names each option's variable in the help.</summary>
    public static void Describe(Command command)
    {
        foreach (var option in command.Options.Where(IsOurs))
        {
            option.Description += $" [env: {NameOf(option)}]";
        }

        foreach (var sub in command.Subcommands)
        {
            Describe(sub);
        }
    }

    /// <summary>Parses arguments, and with them what the environment has for options of that command that are not among them.</summary>
    public static ParseResult Parse(Command root, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        // A value that starts with '@' is a value, not a file with more arguments.
        var settings = new ParserConfiguration { ResponseFileTokenReplacer = null };
        var parsed = root.Parse(arguments, settings);
        var more = parsed
            .CommandResult.Command.Options.Where(IsOurs)
            .Where(option => parsed.GetResult(option) is null or { Implicit: true })
            .Select(option => (option.Name, Value: environment.GetValueOrDefault(NameOf(option), "")))
            .Where(entry => entry.Value.Length > 0)
            .Select(entry => $"{entry.Name}={entry.Value}")
            .ToList();
        return more.Count == 0 ? parsed : root.Parse([.. arguments, .. more], settings);
    }

    private static bool IsOurs(Option option) => option is not (HelpOption or VersionOption);
}
