using System.CommandLine;

namespace Mesh.Cli.Output;

/// <summary>What a command prints.</summary>
internal static class OutputFormat
{
    public const string Table = "table";
    public const string Json = "json";
    public const string Yaml = "yaml";
    public const string Text = "text";

    public static Option<string> Option(params string[] formats)
    {
        var option = new Option<string>("--output", "-o")
        {
            Description = string.Join(", ", formats),
            DefaultValueFactory = _ => formats[0],
        };
        option.AcceptOnlyFromAmong(formats);
        return option;
    }
}
