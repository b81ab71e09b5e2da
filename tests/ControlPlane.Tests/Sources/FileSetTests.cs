using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Sources;
using Mesh.ControlPlane.Tests.Translation;

namespace Mesh.ControlPlane.Tests.Sources;

/// <summary>Which objects are in force as files come, break, and go.</summary>
public sealed class FileSetTests
{
    private static readonly string Books = Given.Rule("books", "shop", "books");
    private static readonly string BrokenBooks = Books.Replace("RANDOM", "NO_SUCH_WAY", StringComparison.Ordinal);
    private static readonly string Web = Given.Rule("web", "shop", "web");

    [Fact]
    public void A_deleted_file_takes_its_objects_along()
    {
        var set = Read(Read(FileSet.Empty, ("a.yaml", Books), ("b.yaml", Web)), ("b.yaml", Web));

        Assert.Equal(["web"], Names(set));
    }

    [Fact]
    public void A_broken_object_keeps_its_last_accepted_version()
    {
        var before = Read(FileSet.Empty, ("a.yaml", Books + "\n---\n" + Web));
        var books = before.State.Objects[0];

        var after = Read(before, ("a.yaml", BrokenBooks + "\n---\n" + Web));

        Assert.Same(books, after.State.Objects[0]);
        Assert.Equal(["books", "web"], Names(after));
        Assert.Contains(after.State.Diagnostics, diagnostic => diagnostic.Definition == SourceCodes.LastVersionInForce);
    }

    [Fact]
    public void A_broken_object_that_was_never_accepted_is_absent()
    {
        var set = Read(FileSet.Empty, ("a.yaml", BrokenBooks + "\n---\n" + Web));

        Assert.Equal(["web"], Names(set));
        Assert.DoesNotContain(set.State.Diagnostics, diagnostic => diagnostic.Definition == SourceCodes.LastVersionInForce);
    }

    [Fact]
    public void A_broken_policy_that_was_never_accepted_closes_what_it_is_for()
    {
        var set = Read(FileSet.Empty, ("a.yaml", BrokenPolicy("app: books")));

        var policy = Assert.IsType<AuthorizationPolicySpec>(Assert.Single(set.State.Objects).Spec);
        Assert.True(policy.IsRefused);
        Assert.Equal("books", policy.Selector["app"]);
        Assert.Contains(set.State.Diagnostics, diagnostic => diagnostic.Definition == SourceCodes.ClosedByRefusal);
    }

    [Theory]
    [InlineData("app: [books]")]
    [InlineData("app: b o o k s")]
    public void A_broken_policy_whose_scope_is_broken_closes_its_namespace(string labels)
    {
        var set = Read(FileSet.Empty, ("a.yaml", BrokenPolicy(labels)));

        Assert.Empty(Assert.IsType<AuthorizationPolicySpec>(Assert.Single(set.State.Objects).Spec).Selector);
    }

    [Fact]
    public void A_broken_policy_keeps_its_last_accepted_version_and_none_that_stood_in_for_it()
    {
        var broken = Read(FileSet.Empty, ("a.yaml", BrokenPolicy("app: books")));
        var stillBroken = Read(broken, ("a.yaml", BrokenPolicy("app: web")));
        var sound = Read(stillBroken, ("a.yaml", BrokenPolicy("app: web").Replace("REFUSE", "DENY", StringComparison.Ordinal)));
        var brokenAgain = Read(sound, ("a.yaml", BrokenPolicy("app: other")));

        Assert.Equal("web", Assert.IsType<AuthorizationPolicySpec>(Assert.Single(stillBroken.State.Objects).Spec).Selector["app"]);
        Assert.False(Assert.IsType<AuthorizationPolicySpec>(Assert.Single(sound.State.Objects).Spec).IsRefused);
        Assert.Same(Assert.Single(sound.State.Objects), Assert.Single(brokenAgain.State.Objects));
    }

    [Fact]
    public void A_broken_mesh_configuration_reads_paths_as_it_says()
    {
        const string Text = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: istio, namespace: istio-system}
            data:
              mesh: |
                pathNormalization: {normalization: MERGE_SLASHES}
                extensionProviders: [{name: a, envoyExtAuthzHttp: {port: 1}}]
            """;
        var set = Read(FileSet.Empty, ("mesh.yaml", Text));

        var spec = Assert.IsType<MeshConfigSpec>(Assert.Single(set.State.Objects).Spec);
        Assert.Equal(
            (true, PathNormalizationLevel.MergeSlashes, 0),
            (spec.IsRefused, spec.PathNormalization, spec.ExtensionProviders.Length)
        );
    }

    private static string BrokenPolicy(string labels) =>
        $"{{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {{name: books}},"
        + $" spec: {{selector: {{matchLabels: {{{labels}}}}}, action: REFUSE, rules: [{{}}]}}}}";

    [Fact]
    public void A_broken_object_stays_in_force_until_it_is_removed()
    {
        var broken = Read(Read(FileSet.Empty, ("a.yaml", Books)), ("a.yaml", BrokenBooks));

        Assert.Equal(["books"], Names(Read(broken, ("a.yaml", BrokenBooks + "\n# again"))));
        Assert.DoesNotContain("books", Names(Read(broken, ("a.yaml", Web))));
    }

    [Fact]
    public void An_object_keeps_its_version_when_it_moves_to_another_file_and_breaks()
    {
        var set = Read(Read(FileSet.Empty, ("a.yaml", Books)), ("b.yaml", BrokenBooks));

        Assert.Equal(["books"], Names(set));
    }

    [Fact]
    public void A_file_that_is_no_yaml_keeps_all_that_was_read_from_it()
    {
        var set = Read(Read(FileSet.Empty, ("a.yaml", Books), ("b.yaml", Web)), ("a.yaml", "{{{ no yaml"), ("b.yaml", Web));

        Assert.Equal(["books", "web"], Names(set));
        Assert.Contains(set.State.Diagnostics, diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
    }

    [Fact]
    public void A_file_that_cannot_be_read_keeps_its_objects_and_says_so()
    {
        var before = Read(FileSet.Empty, ("a.yaml", Books));
        var listing = Listing("a.yaml");

        var after = before.Apply(listing, new Dictionary<string, FileRead> { ["a.yaml"] = new FileRead.Failed("permission denied") });

        Assert.Equal(["books"], Names(after));
        Assert.Contains("permission denied", Assert.Single(after.State.Diagnostics).Message, StringComparison.Ordinal);
        Assert.True(after.Differs(listing), "it is tried again");
        Assert.Equal(["a.yaml"], after.ToRead(listing, new HashSet<string>()).Select(entry => entry.Path));
    }

    [Fact]
    public void A_directory_that_cannot_be_listed_keeps_what_is_below_it()
    {
        var before = Read(FileSet.Empty, ("root/a/x.yaml", Books), ("root/ab.yaml", Web));
        var hidden = new FileListing([], [new("root/a", "permission denied")]);

        Assert.Equal(["books"], Names(before.Apply(hidden, new Dictionary<string, FileRead>())));
    }

    [Fact]
    public void Of_one_object_in_two_files_the_first_by_path_counts_and_both_are_named()
    {
        var set = Read(FileSet.Empty, ("b.yaml", Books), ("a.yaml", "# one line down\n" + Books));

        Assert.Equal("a.yaml", Assert.Single(set.State.Objects).Location.File);
        var told = Assert.Single(set.State.Diagnostics);
        Assert.Equal(SourceCodes.DuplicateObject, told.Definition);
        Assert.Equal("b.yaml", told.Location.File);
        Assert.Contains("a.yaml:2", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_changed_is_read_again()
    {
        var set = Read(FileSet.Empty, ("a.yaml", Books), ("b.yaml", Web));
        var listing = Listing("a.yaml", "b.yaml") is var same
            ? same with
            {
                Files = [same.Files[0], same.Files[1] with { Length = 1 }],
            }
            : null!;

        Assert.Equal(["b.yaml"], set.ToRead(listing, new HashSet<string>()).Select(entry => entry.Path));
        Assert.Equal(["a.yaml", "b.yaml"], set.ToRead(listing, new HashSet<string> { "/real/a.yaml" }).Select(entry => entry.Path));
        Assert.Equal(2, set.ToRead(Listing("a.yaml", "b.yaml"), touched: null).Length);
        Assert.Empty(set.ToRead(Listing("a.yaml", "b.yaml"), new HashSet<string>()));
        Assert.False(set.Differs(Listing("a.yaml", "b.yaml")));
    }

    [Fact]
    public void An_object_keeps_its_reference_while_its_file_keeps_its_bytes()
    {
        var before = Read(FileSet.Empty, ("a.yaml", Books));
        var after = before.Apply(Listing("a.yaml"), new Dictionary<string, FileRead> { ["a.yaml"] = new FileRead.Unchanged() });

        Assert.Same(before.State.Objects[0], after.State.Objects[0]);
    }

    private static FileSet Read(FileSet set, params (string Path, string Text)[] files) =>
        set.Apply(
            Listing([.. files.Select(file => file.Path)]),
            files.ToDictionary(
                file => file.Path,
                file =>
                    (FileRead)
                        new FileRead.Content(
                            ImmutableArray.Create(SHA256.HashData(Encoding.UTF8.GetBytes(file.Text))),
                            ObjectParser.Parse(file.Path, file.Text)
                        )
            )
        );

    private static FileListing Listing(params string[] paths) =>
        new([.. paths.Order(StringComparer.Ordinal).Select(path => new FileEntry(path, $"/real/{path}", 100, 1))], []);

    private static IEnumerable<string> Names(FileSet set) => set.State.Objects.Select(item => item.Key.Name);
}
