using System.Runtime.CompilerServices;
using Mesh.Config;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Translation;
using Mesh.Tests;

namespace Mesh.ControlPlane.Tests.Translation;

/// <summary>What objects mean together, one folder a behaviour; <c>in.keys</c> has what was fetched for them (see <see cref="WrittenKeys"/>).</summary>
public sealed class GoldenTests
{
    private static readonly string Testdata = Path.Combine(Here(), "..", "testdata", "translation");

    public static IEnumerable<object[]> Cases => Golden.Cases(Testdata);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Objects_give_this_snapshot_and_these_diagnostics(string name)
    {
        var folder = Path.Combine(Testdata, name);
        var parsed = ObjectParser.Parse("in.yaml", File.ReadAllBytes(Path.Combine(folder, "in.yaml")));
        Assert.DoesNotContain(parsed.Diagnostics, diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);

        var (snapshot, diagnostics) = Translator.Translate(
            ObjectSet.From(parsed.Objects),
            MeshSettings.Default,
            keys: WrittenKeys.Of(folder)
        );

        Golden.Check(
            folder,
            ("snapshot.yaml", SnapshotDump.ToYaml(snapshot)),
            ("diagnostics.txt", string.Concat(diagnostics.Select(diagnostic => $"{diagnostic.Severity} {diagnostic}\n")))
        );
    }

    internal static IEnumerable<ConfigObject> AllInputs() =>
        Directory
            .GetFiles(Testdata, "in.yaml", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .SelectMany(path => ObjectParser.Parse(Path.GetRelativePath(Testdata, path), File.ReadAllBytes(path)).Objects);

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
