using System.Runtime.CompilerServices;
using Mesh.ControlPlane.Translation;

namespace Mesh.ControlPlane.Tests.Translation;

/// <summary>Nothing can be reported that no case shows.</summary>
public sealed class CodeCoverageTests
{
    [Fact]
    public void Every_code_of_translation_stands_in_some_golden()
    {
        var shown = string.Concat(
            Directory
                .GetFiles(Path.Combine(Here(), "..", "testdata", "translation"), "diagnostics.txt", SearchOption.AllDirectories)
                .Select(File.ReadAllText)
        );

        Assert.All(TranslationCodes.All, code => Assert.Contains($"[{code.Id}]", shown, StringComparison.Ordinal));
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
