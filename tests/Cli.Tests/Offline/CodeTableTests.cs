using System.Reflection;
using Mesh.Cli.Offline;
using Mesh.Config;

namespace Mesh.Cli.Tests.Offline;

/// <summary>The table in which users look up what a line of <c>meshctl analyze</c> means.</summary>
public sealed class CodeTableTests
{
    [Fact]
    public void A_code_means_one_thing_whichever_part_reports_it()
    {
        var twice = CodeTable.All.GroupBy(code => code.Id, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1);

        Assert.Empty(twice.Select(group => group.Key));
    }

    [Fact]
    public void Every_code_that_any_part_can_report_is_listed()
    {
        const BindingFlags Everything = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        Assembly[] parts = [typeof(DiagnosticCode).Assembly, typeof(ControlPlane.Model.MeshSnapshot).Assembly];
        var declared = parts
            .SelectMany(part => part.GetTypes())
            .Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetFields(Everything))
            .Where(field => field.FieldType == typeof(DiagnosticCode))
            .Select(field => (DiagnosticCode)field.GetValue(null)!)
            .ToList();

        Assert.NotEmpty(declared);
        Assert.Equal(declared.Select(code => code.Id).Order(StringComparer.Ordinal), CodeTable.All.Select(code => code.Id));
        Assert.All(CodeTable.All, code => Assert.EndsWith(".", code.Meaning, StringComparison.Ordinal));
    }

    [Fact]
    public void A_line_has_the_code_its_severity_its_scope_and_its_meaning()
    {
        using var output = new StringWriter();

        CodeTable.Write(output);

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(CodeTable.All.Length + 1, lines.Length);
        Assert.Matches("^CODE +SEVERITY +SCOPE +MEANING$", lines[0]);
        Assert.Contains(lines, line => Matches(line, "ShadowedRule +Warning +object +A rule gets no traffic because"));
        Assert.Contains(lines, line => Matches(line, "UnknownDestinationHost +Warning +mesh +"));
        Assert.Contains(lines, line => Matches(line, "UnknownField +Error +object +"));
        Assert.Contains(lines, line => Matches(line, "FileNotRead +Error +mesh +"));
    }

    private static bool Matches(string line, string pattern) => System.Text.RegularExpressions.Regex.IsMatch(line, "^" + pattern);
}
