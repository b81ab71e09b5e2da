using System.Text.RegularExpressions;

namespace Mesh.Architecture.Tests;

/// <summary>What SECURITY.md says is tested, is: each row of its table of attacks names tests, and metrics, that exist.</summary>
public sealed partial class SecurityTableTests
{
    [Fact]
    public void Every_attack_has_tests_that_exist()
    {
        var methods = Repository
            .Files("tests", "*.cs")
            .SelectMany(file =>
                Repository
                    .Lines(file)
                    .Select(line => Declaration().Match(line))
                    .Where(found => found.Success)
                    .Select(found => Name(file, found))
            )
            .ToHashSet(StringComparer.Ordinal);
        var rows = Rows();
        Assert.True(rows.Count > 30, $"only {rows.Count} rows");
        var problems = rows.SelectMany(row =>
            Names(row[2]).DefaultIfEmpty("none").Where(name => !methods.Contains(name)).Select(name => $"{row[0]}: {name}")
        );
        Assert.Empty(problems);
    }

    [Fact]
    public void Every_metric_of_the_table_is_one_of_ours()
    {
        var sources = string.Concat(Repository.Files("src", "*.cs").SelectMany(Repository.Lines));
        var problems = Rows()
            .SelectMany(row => row.Skip(3).SelectMany(Names))
            .Select(name => name.Split('{')[0])
            .Where(name => !sources.Contains(name, StringComparison.Ordinal));
        Assert.Empty(problems);
    }

    // The cells of the rows below the heading.
    private static List<string[]> Rows() =>
        [
            .. Repository
                .Lines("SECURITY.md")
                .SkipWhile(line => line != "## Attacks, and the tests that make them")
                .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| attack", StringComparison.Ordinal))
                .Select(line => line.Trim('|', ' ').Split(" | ")),
        ];

    private static IEnumerable<string> Names(string cell) => Quoted().Matches(cell).Select(found => found.Groups[1].Value);

    private static string Name(string file, Match declaration) => $"{Path.GetFileNameWithoutExtension(file)}.{declaration.Groups[1].Value}";

    [GeneratedRegex(@"^    public (?:async )?(?:Task|void) ([A-Z]\w+)\(")]
    private static partial Regex Declaration();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
