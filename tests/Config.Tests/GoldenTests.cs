using System.Runtime.CompilerServices;
using Mesh.Tests;

namespace Mesh.Config.Tests;

/// <summary>What users write, and everything they are told about it.</summary>
public sealed class GoldenTests
{
    private static readonly string Testdata = Path.Combine(Here(), "testdata");

    public static IEnumerable<object[]> Cases => Golden.Cases(Testdata);

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_file_gives_these_objects_and_diagnostics(string name)
    {
        var folder = Path.Combine(Testdata, name);
        var input = Directory.GetFiles(folder, "in.*").Single();

        var result = ObjectParser.Parse(Path.GetFileName(input), File.ReadAllBytes(input));

        Golden.Check(
            folder,
            ("diagnostics.txt", string.Concat(result.Diagnostics.Select(diagnostic => $"{diagnostic.Severity} {diagnostic}\n"))),
            ("objects.txt", string.Concat(result.Objects.Select(SpecDump.Write))),
            (
                "rejected.txt",
                string.Concat(result.Rejected.Select(key => $"{key}\n")) + (result.HasUnreadable ? "and what could not be read\n" : "")
            )
        );
    }

    internal static IEnumerable<string> Inputs() =>
        Directory.GetFiles(Testdata, "in.*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    internal static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
