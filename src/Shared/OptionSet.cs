using System.Collections;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace Mesh.Startup;

/// <summary>
/// A program's start-up options: declared once, each read from the command line (<c>--log-level</c>), else from the environment
/// (<c>MESH_LOG_LEVEL</c>), else its default. Reports every bad value, not only the first.
/// </summary>
internal sealed class OptionSet(string description)
{
    /// <summary>What a program exits with on bad usage.</summary>
    public const int UsageError = 2;

    private readonly RootCommand _command = new(description);
    private readonly List<Action<ParseResult, IReadOnlyDictionary<string, string>, List<string>>> _readers = [];
    private readonly List<Func<IEnumerable<string>>> _checks = [];

    /// <summary>This process's environment in the form that <see cref="Read"/> takes.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        }

        return variables;
    }

    /// <summary>The environment variable of an option: <c>MESH_</c> and its name in upper snake case.</summary>
    public static string EnvironmentName(string option) => "MESH_" + option.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    /// <summary>An option that must be given.</summary>
    public Setting<T> Required<T>(string name, string valueName, string help, OptionParser<T> parser) =>
        Add(name, valueName, help + " Required.", null, true, parser);

    /// <summary>An option with a default, which is written as a user would write it and shown in the help.</summary>
    public Setting<T> Optional<T>(string name, string valueName, string help, string defaultText, OptionParser<T> parser) =>
        Add(name, valueName, help, defaultText, false, parser);

    /// <summary>An option that is null unless given.</summary>
    public Setting<T?> Optional<T>(string name, string valueName, string help, OptionParser<T?> parser) =>
        Add(name, valueName, help, null, false, parser);

    /// <summary>An option without a value, false unless given; in the environment <c>true</c> or <c>false</c>.</summary>
    public Setting<bool> Flag(string name, string help)
    {
        var variable = EnvironmentName(name);
        var option = new Option<bool>(name) { Description = $"{help} [env: {variable}]" };
        _command.Options.Add(option);
        var setting = new Setting<bool>();
        _readers.Add(
            (parsed, environment, problems) =>
            {
                var fromEnvironment = environment.GetValueOrDefault(variable, "");
                if (fromEnvironment is not ("" or "true" or "false"))
                {
                    problems.Add($"{variable}: '{fromEnvironment}' is neither true nor false");
                }

                var given = parsed.GetResult(option) is { Implicit: false };
                setting.Set(given ? parsed.GetValue(option) : fromEnvironment == "true", given || fromEnvironment.Length > 0);
            }
        );
        return setting;
    }

    /// <summary>Adds a look at several options together, after each was read; a value that is bad by itself is null or its type's default then.</summary>
    /// <param name="problems">What is wrong with them; nothing where they go together.</param>
    public void Check(Func<IEnumerable<string>> problems) => _checks.Add(problems);

    /// <summary>
    /// Reads all options. Null: go on, every <see cref="Setting{T}"/> has its value. Otherwise the code to exit with: 0 after
    /// <c>--help</c> or <c>--version</c>, 2 after all errors were written to <paramref name="error"/>.
    /// </summary>
    public int? Read(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, TextWriter output, TextWriter error)
    {
        // A value that starts with '@' is a value, not a file with more arguments.
        var parsed = _command.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is HelpAction || (parsed.Action is not null && parsed.Errors.Count == 0))
        {
            return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error });
        }

        var problems = parsed.Errors.Select(e => e.Message).ToList();
        foreach (var reader in _readers)
        {
            reader(parsed, environment, problems);
        }

        foreach (var check in _checks)
        {
            problems.AddRange(check());
        }

        if (problems.Count == 0)
        {
            return null;
        }

        foreach (var problem in problems)
        {
            error.WriteLine(problem);
        }

        error.WriteLine("See --help for all options.");
        return UsageError;
    }

    private Setting<T> Add<T>(string name, string valueName, string help, string? defaultText, bool required, OptionParser<T> parser)
    {
        var variable = EnvironmentName(name);
        var option = new Option<string>(name) { HelpName = valueName, Description = $"{help} [env: {variable}]" };
        if (defaultText is not null)
        {
            option.DefaultValueFactory = _ => defaultText;
        }

        _command.Options.Add(option);
        var setting = new Setting<T>();
        _readers.Add(
            (parsed, environment, problems) =>
            {
                var given = parsed.GetResult(option) is OptionResult { Implicit: false } result ? result : null;
                if (given?.Tokens.Count is 0 or > 1)
                {
                    setting.Set(default, given: true);
                    return; // the parser has reported it
                }

                var source = name;
                var text = given?.Tokens[0].Value;
                if (text is null && environment.TryGetValue(variable, out var fromEnvironment) && fromEnvironment.Length > 0)
                {
                    (text, source) = (fromEnvironment, variable);
                }

                var isGiven = text is not null;
                text ??= defaultText;
                if (text is null)
                {
                    setting.Set(default, given: false);
                    if (required)
                    {
                        problems.Add($"{name} is missing; give {name} {valueName} or set {variable}");
                    }

                    return;
                }

                var value = parser(text, out var wrong);
                setting.Set(value, isGiven);
                if (wrong is not null)
                {
                    problems.Add($"{source}: {wrong}");
                }
            }
        );
        return setting;
    }
}
