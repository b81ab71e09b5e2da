using System.Text;

namespace Mesh.Tests;

/// <summary>
/// Compares what a test made with the files of its case folder. Inputs are the files that begin with <c>in.</c>; every other file is an
/// expectation. With <c>UPDATE_GOLDEN=1</c> expectations are rewritten, and those that nobody makes any more are deleted.
/// </summary>
internal static class Golden
{
    // Switches what tests do, so it is no option of any program.
#pragma warning disable RS0030 // the banned call is for programs, which read options in one place
    private static readonly bool Update = Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";
#pragma warning restore RS0030

    /// <summary>Names of all case folders, as theory data; a folder without cases is an error.</summary>
    internal static IEnumerable<object[]> Cases(string testdata)
    {
        var cases = Directory.GetDirectories(testdata).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal).ToList();
        return cases.Count > 0
            ? cases.Select(name => new object[] { name })
            : throw new DirectoryNotFoundException($"no cases in {testdata}");
    }

    /// <summary>Compares outputs by file name; an empty output stands for a file that must not exist.</summary>
    internal static void Check(string caseFolder, params (string File, string Content)[] outputs)
    {
        var wanted = outputs.Where(output => output.Content.Length > 0).ToDictionary(output => output.File, output => output.Content);
        var orphans = Directory
            .GetFiles(caseFolder)
            .Where(path =>
                !Path.GetFileName(path).StartsWith("in.", StringComparison.Ordinal) && !wanted.ContainsKey(Path.GetFileName(path))
            )
            .ToList();
        if (Update)
        {
            orphans.ForEach(File.Delete);
            foreach (var (file, content) in wanted)
            {
                File.WriteAllText(Path.Combine(caseFolder, file), content);
            }
            return;
        }
        var problems = new StringBuilder();
        foreach (var orphan in orphans)
        {
            problems.AppendLine($"{orphan} is expected, but nothing was made for it");
        }
        foreach (var (file, content) in wanted)
        {
            var path = Path.Combine(caseFolder, file);
            problems.Append(Difference(path, File.Exists(path) ? File.ReadAllText(path) : "", content));
        }
        if (problems.Length > 0)
        {
            Assert.Fail($"{problems}UPDATE_GOLDEN=1 accepts what was made; look at the diff before you commit it.");
        }
    }

    private static string Difference(string path, string expected, string actual)
    {
        if (expected == actual)
        {
            return "";
        }
        var (wanted, made) = (expected.Split('\n'), actual.Split('\n'));
        var line = 0;
        while (line < wanted.Length && line < made.Length && wanted[line] == made[line])
        {
            line++;
        }
        return $"{path}:{line + 1}\n  expected: {At(wanted, line)}\n  actual:   {At(made, line)}\n";
    }

    private static string At(string[] lines, int index) => index < lines.Length ? lines[index] : "(end)";
}
