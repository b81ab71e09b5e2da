using System.Reflection;

namespace Mesh.Config.Tests;

/// <summary>The line users read, and the table of codes behind it.</summary>
public sealed class DiagnosticTests
{
    private static readonly DiagnosticCode Code = new("SomeCode", DiagnosticSeverity.Error, true, "Something.");

    [Fact]
    public void A_diagnostic_prints_as_file_line_object_path_message_and_code()
    {
        var path = FieldPath.Root.Field("spec").Field("http").Index(0).Field("headers").Key("x-a");

        var diagnostic = new Diagnostic(
            Code,
            new ObjectKey("VirtualService", "shop", "books"),
            path.ToString(),
            "is wrong",
            new("a.yaml", 14)
        );

        Assert.Equal("a.yaml:14: VirtualService shop/books spec.http[0].headers[x-a]: is wrong [SomeCode]", diagnostic.ToString());
    }

    [Fact]
    public void Parts_that_are_unknown_are_left_out()
    {
        var at = new SourceLocation("a.yaml", 1);

        Assert.Equal("a.yaml:1: is wrong [SomeCode]", new Diagnostic(Code, null, "", "is wrong", at).ToString());
        Assert.Equal(
            "a.yaml:1: Namespace shop: is wrong [SomeCode]",
            new Diagnostic(Code, new("Namespace", "", "shop"), "", "is wrong", at).ToString()
        );
    }

    [Fact]
    public void A_line_break_in_a_quoted_value_does_not_make_two_lines()
    {
        var diagnostic = new Diagnostic(Code, null, "", "is \"a\r\nb\"", new("a.yaml", 1));

        Assert.Equal("a.yaml:1: is \"a\\u000d\\u000ab\" [SomeCode]", diagnostic.ToString());
    }

    [Fact]
    public void Every_code_of_the_assembly_is_in_the_table_once()
    {
        const BindingFlags Everything = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var fields = typeof(DiagnosticCodes)
            .Assembly.GetTypes()
            .Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetFields(Everything))
            .Where(field => field.FieldType == typeof(DiagnosticCode))
            .ToList();

        Assert.Equal(fields.Count, DiagnosticCodes.All.Length);
        Assert.All(fields, field => Assert.Contains((DiagnosticCode)field.GetValue(null)!, DiagnosticCodes.All));
        Assert.All(fields, field => Assert.Equal(field.Name, ((DiagnosticCode)field.GetValue(null)!).Id));
        Assert.Equal(DiagnosticCodes.All.Length, DiagnosticCodes.All.Select(code => code.Id).Distinct().Count());
        Assert.All(DiagnosticCodes.All, code => Assert.EndsWith(".", code.Meaning));
    }

    [Fact]
    public void Every_code_of_the_table_can_be_produced()
    {
        var body = (int size) =>
            "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: a}, spec: {hosts: [a], http: "
            + $"[{{directResponse: {{status: 200, body: {{string: \"{new string('x', size)}\"}}}}}}]}}}}";
        var results = GoldenTests
            .Inputs()
            .Select(path => ObjectParser.Parse(Path.GetFileName(path), File.ReadAllBytes(path)))
            .Append(ObjectParser.Parse("large.yaml", body(200 * 1024)))
            .Append(ObjectParser.Parse("too-large.yaml", body(1024 * 1024 + 1)));

        var produced = results.SelectMany(result => result.Diagnostics).Select(diagnostic => diagnostic.Code).ToHashSet();

        Assert.Equal("", string.Join(", ", DiagnosticCodes.All.Select(code => code.Id).Except(produced)));
    }
}
