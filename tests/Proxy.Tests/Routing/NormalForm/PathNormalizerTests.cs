using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.NormalForm;
using static Mesh.Proxy.Tests.Routing.TestRoutes;

namespace Mesh.Proxy.Tests.Routing.NormalForm;

public sealed class PathNormalizerTests
{
    private const PathForm Base = PathForm.Normalize;
    private const PathForm Merge = Base | PathForm.MergeSlashes;
    private const PathForm Decode = Merge | PathForm.DecodeSlashes;

    // What such paths are made of: everything that some reader takes for something else.
    private static readonly string[] Pieces =
    [
        "/",
        "//",
        ".",
        "..",
        "%2e",
        "%2E",
        "%2f",
        "%2F",
        "%5c",
        "%5C",
        "\\",
        "%",
        "%%",
        "%25",
        "3",
        "2",
        "6",
        "1",
        "e",
        "f",
        "F",
        "5",
        "c",
        "a",
        "admin",
        ";",
        ";x=1",
        "~",
        "%61",
        "%7e",
        "%00",
        "%0",
        "%zz",
        "+",
        "%20",
        "=",
    ];

    public static TheoryData<string, string?, string?, string?> Paths =>
        new()
        {
            // path, BASE, MERGE_SLASHES, DECODE_AND_MERGE_SLASHES
            { "/", "/", "/", "/" },
            { "/a/b", "/a/b", "/a/b", "/a/b" },
            { "/a/./b", "/a/b", "/a/b", "/a/b" },
            { "/a/../b", "/b", "/b", "/b" },
            { "/a/..", "/", "/", "/" },
            { "/a/.", "/a/", "/a/", "/a/" },
            { "/../../a", "/a", "/a", "/a" },
            { "/.hidden/..x/x..", "/.hidden/..x/x..", "/.hidden/..x/x..", "/.hidden/..x/x.." },
            { "/a/%2e%2E/b", "/b", "/b", "/b" },
            { "/a/.%2e/b", "/b", "/b", "/b" },
            { "/%61dmin", "/admin", "/admin", "/admin" },
            { "/%7Euser/%41-%5f", "/~user/A-_", "/~user/A-_", "/~user/A-_" },
            { "/a%20b%3F%23", "/a%20b%3F%23", "/a%20b%3F%23", "/a%20b%3F%23" },
            { "//a///b//", "//a///b//", "/a/b/", "/a/b/" },
            { "/a//../b", "/a/b", "/a/b", "/a/b" },
            { "/a\\b\\..\\c", "/a/c", "/a/c", "/a/c" },
            { "/a%2Fb", "/a%2Fb", "/a%2Fb", "/a/b" },
            { "/a%2f..%2fb", "/a%2f..%2fb", "/a%2f..%2fb", "/b" },
            { "/a%5Cb%5c%2e%2e", "/a%5Cb%5c..", "/a%5Cb%5c..", "/a/" },
            { "/a%252Fb", "/a%252Fb", "/a%252Fb", "/a%252Fb" },
            { "/%2561", "/%2561", "/%2561", "/%2561" },
            { "/%%36%31", "/a", "/a", "/a" },
            { "/a;x=1/..;/b", "/a;x=1/..;/b", "/a;x=1/..;/b", "/a;x=1/..;/b" },
            { "/100%", "/100%", "/100%", "/100%" },
            { "/%zz%4", "/%zz%4", "/%zz%4", "/%zz%4" },
            { "/a%00b", null, null, null },
            { "/a%%30%30b", null, null, null },
        };

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_path_has_one_form_at_each_level(string path, string? atBase, string? merged, string? decoded)
    {
        Assert.Equal(path, Normal(path, PathForm.AsReceived));
        Assert.Equal(atBase, Normal(path, Base));
        Assert.Equal(merged, Normal(path, Merge));
        Assert.Equal(decoded, Normal(path, Decode));
    }

    [Theory]
    [InlineData("/a%2fb")]
    [InlineData("/a%5Cb")]
    public void Escaped_slashes_can_be_refused(string path) => Assert.Null(Normal(path, Base | PathForm.RefuseEscapedSlashes));

    [Fact]
    public void The_normal_form_is_a_fixed_point_without_dot_segments() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(20_000),
            Prop.ForAll(
                Gen.Elements(Pieces).ListOf().Select(pieces => "/" + string.Concat(pieces)).ToArbitrary(),
                path => IsSound(path, Base) && IsSound(path, Merge) && IsSound(path, Decode)
            )
        );

    [Fact]
    public void Routing_and_policy_see_what_goes_upstream() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(5_000),
            Prop.ForAll(
                Gen.Elements(Pieces).ListOf().Select(pieces => "/" + string.Concat(pieces)).ToArbitrary(),
                path =>
                {
                    var head = Head("shop", path + "?x=/../%2e");
                    if (!head.TryNormalizePath(Decode))
                    {
                        return true;
                    }

                    var upstream = AsText(head.OriginForm);
                    var again = Head("shop", upstream);
                    Assert.True(again.TryNormalizePath(Decode));
                    var prefix = new RouteConditions(new PathCondition(PathMatchKind.Prefix, "/admin"));
                    return upstream == AsText(head.Path) + "?x=/../%2e"
                        && AsText(again.OriginForm) == upstream
                        && prefix.Match(head) == prefix.Match(again)
                        && prefix.Match(head) == upstream.StartsWith("/admin", StringComparison.Ordinal);
                }
            )
        );

    [Fact]
    public void A_normal_path_is_left_where_it_is_and_another_costs_no_memory()
    {
        var normal = Head("shop", "/products/12?sort=%2e%2e/");
        var other = new RequestHead();
        long Measure()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                normal.TryNormalizePath(Decode);
                other.Begin(HttpVersionKind.Http11, "GET", "http", "shop", "/a/%2e%2e//b%2fc\\d?x");
                other.TryNormalizePath(Decode);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Measure();
        Assert.Equal(0, Measure());
        Assert.Equal("/products/12?sort=%2e%2e/", AsText(normal.OriginForm));
        Assert.Equal("/b/c/d?x", AsText(other.OriginForm));
    }

    [Fact]
    public void The_target_of_options_is_no_path()
    {
        var head = Head("OPTIONS", "shop", "*", []);
        Assert.True(head.TryNormalizePath(Decode));
        Assert.Equal("*", AsText(head.OriginForm));
    }

    private static bool IsSound(string path, PathForm form)
    {
        if (Normal(path, form) is not { } normal)
        {
            return true;
        }

        var segments = normal.Split('/');
        return normal.StartsWith('/')
            && Normal(normal, form) == normal
            && !segments.Contains(".")
            && !segments.Contains("..")
            && !normal.Contains('\\', StringComparison.Ordinal)
            && !normal.Contains("%2e", StringComparison.OrdinalIgnoreCase)
            && !normal.Contains("%00", StringComparison.Ordinal)
            && (form == Base || !normal.Contains("//", StringComparison.Ordinal))
            && (form != Decode || !normal.Contains("%2f", StringComparison.OrdinalIgnoreCase))
            && (form != Decode || !normal.Contains("%5c", StringComparison.OrdinalIgnoreCase));
    }

    private static string? Normal(string path, PathForm form)
    {
        var bytes = Encoding.ASCII.GetBytes(path);
        if (PathNormalizer.IsNormal(bytes, form))
        {
            return path;
        }

        var output = new byte[bytes.Length];
        return PathNormalizer.TryWrite(bytes, form, output, out var written) ? Encoding.ASCII.GetString(output, 0, written) : null;
    }
}
