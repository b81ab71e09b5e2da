using System.Text;
using Mesh.Config.Specs;

namespace Mesh.Config.Tests;

/// <summary>Edges of parsing that goldens show badly.</summary>
public sealed class ObjectParserTests
{
    private const string Namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n";

    [Fact]
    public void Objects_are_asked_for_by_the_type_of_their_spec()
    {
        var result = ObjectParser.Parse("a.yaml", Namespace);

        var subject = Assert.Single(result.Objects.OfType<ConfigObject<NamespaceSpec>>());
        Assert.Equal(new ObjectKey(Kinds.Namespace, "", "a"), subject.Key);
        Assert.Same(subject.Spec, ((ConfigObject)subject).Spec);
        Assert.Empty(result.Diagnostics);
        Assert.False(result.HasUnreadable);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("---\n---\n")]
    [InlineData("# nothing\n---\n...\n")]
    [InlineData("null")]
    public void A_file_without_objects_is_no_problem(string text)
    {
        var result = ObjectParser.Parse("a.yaml", text);

        Assert.Empty(result.Objects);
        Assert.Empty(result.Diagnostics);
        Assert.False(result.HasUnreadable);
    }

    [Fact]
    public void A_document_of_an_anchor_alone_is_a_slip_and_not_an_empty_document()
    {
        var result = ObjectParser.Parse("a.yaml", "&apiVersion\n---\n" + Namespace);

        Assert.Single(result.Objects);
        var problem = Assert.Single(result.Diagnostics);
        Assert.Equal(DiagnosticCodes.NotAnObject, problem.Definition);
        Assert.Equal(1, problem.Location.Line);
    }

    [Fact]
    public void A_byte_order_mark_and_carriage_returns_change_nothing()
    {
        var bytes = Encoding
            .UTF8.GetPreamble()
            .Concat(Encoding.UTF8.GetBytes((Namespace + "---\n" + Namespace).Replace("\n", "\r\n")))
            .ToArray();

        var result = ObjectParser.Parse("a.yaml", bytes);

        Assert.Empty(result.Diagnostics);
        Assert.Equal([1, 5], result.Objects.Select(subject => subject.Location.Line));
    }

    [Fact]
    public void A_marker_within_a_block_of_text_still_separates_documents()
    {
        var result = ObjectParser.Parse(
            "a.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  annotations:\n    x: |\n      one\n--- \n" + Namespace
        );

        Assert.Equal(2, result.Objects.Length);
    }

    [Fact]
    public void An_open_bracket_is_told_in_the_readers_words()
    {
        var problem = Assert.Single(ObjectParser.Parse("a.yaml", "kind: Service\nmetadata: {name: bad\nspec: [}\n").Diagnostics);

        Assert.Equal("MalformedYaml", problem.Code);
        Assert.Contains("not closed", problem.Message, StringComparison.Ordinal);
        Assert.True(problem.Location.Line > 1);
    }

    [Fact]
    public void A_nul_character_does_not_hide_what_follows()
    {
        var result = ObjectParser.Parse("a.yaml", Namespace + "\0" + Namespace);

        Assert.Equal(
            "a.yaml:4: holds a NUL character; it is not a text file [UnreadableFile]",
            Assert.Single(result.Diagnostics).ToString()
        );
        Assert.True(result.HasUnreadable);
    }

    [Fact]
    public void A_file_above_the_limit_is_refused_before_it_is_read()
    {
        var result = ObjectParser.Parse("a.yaml", new byte[ObjectParser.MaxFileBytes + 1]);

        Assert.Equal("UnreadableFile", Assert.Single(result.Diagnostics).Code);
        Assert.True(result.HasUnreadable);
    }

    [Fact]
    public void A_refused_object_leaves_its_key_so_that_its_last_version_can_stay()
    {
        var result = ObjectParser.Parse(
            "a.yaml",
            "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: a, namespace: n}, spec: {htp: []}}"
        );

        Assert.Empty(result.Objects);
        Assert.Equal(new ObjectKey(Kinds.VirtualService, "n", "a"), Assert.Single(result.Rejected));
        Assert.False(result.HasUnreadable);
        Assert.All(result.Diagnostics, diagnostic => Assert.True(diagnostic.ObjectLocal));
    }

    [Fact]
    public void The_same_text_gives_the_same_answer()
    {
        foreach (var path in GoldenTests.Inputs())
        {
            var bytes = File.ReadAllBytes(path);

            Assert.Equal(Print(ObjectParser.Parse("a", bytes)), Print(ObjectParser.Parse("a", bytes)));
        }
    }

    private static string Print(ParseResult result) =>
        string.Join("\n", result.Diagnostics) + string.Concat(result.Objects.Select(SpecDump.Write));

    [Fact]
    public void Documents_that_did_not_change_keep_their_objects()
    {
        var first = ObjectParser.Parse("in.yaml", Documents("1.2.3.4"));

        var second = ObjectParser.Parse("in.yaml", Documents("1.2.3.5"), first);

        Assert.Equal(3, second.Objects.Length);
        Assert.Same(first.Objects[0], second.Objects[0]);
        Assert.NotSame(first.Objects[1], second.Objects[1]);
        Assert.Same(first.Objects[2], second.Objects[2]);
        var fresh = ObjectParser.Parse("in.yaml", Documents("1.2.3.5"));
        Assert.Equal(fresh.Objects.Select(item => item.Key), second.Objects.Select(item => item.Key));
        Assert.Equal(fresh.Diagnostics.AsEnumerable(), second.Diagnostics.AsEnumerable());
    }

    [Fact]
    public void Documents_that_moved_tell_their_new_lines()
    {
        var first = ObjectParser.Parse("in.yaml", Documents("1.2.3.4"));

        var second = ObjectParser.Parse("in.yaml", "# moved\n" + Documents("1.2.3.4"), first);

        Assert.Equal(first.Objects.Select(item => item.Location.Line + 1), second.Objects.Select(item => item.Location.Line));
    }

    private static string Documents(string address) =>
        string.Join(
            "\n---\n",
            new[] { "10.0.0.1", address, "10.0.0.2" }.Select(
                (ip, i) =>
                    $$"""
                        apiVersion: v1
                        kind: Pod
                        metadata: { name: pod-{{i}} }
                        status: { podIP: {{ip}} }
                        """
            )
        );
}
