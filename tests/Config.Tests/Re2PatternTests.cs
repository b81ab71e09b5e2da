using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Text;

namespace Mesh.Config.Tests;

/// <summary>RE2's meaning in .NET's engine, and its refusals.</summary>
public sealed class Re2PatternTests
{
    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "abcd", false)]
    [InlineData("abc", "abc\n", false)]
    [InlineData("abc$", "abc\n", false)]
    [InlineData("(?m)a$\nb", "a\nb", true)]
    [InlineData("(?m:a$)\nb$", "a\nb", true)]
    [InlineData("a|bc", "ab", false)]
    [InlineData("a|bc", "bc", true)]
    [InlineData("|a", "", true)]
    [InlineData("()", "", true)]
    [InlineData(".*", "a\nb", false)]
    [InlineData("(?s).*", "a\nb", true)]
    [InlineData("(?s:.)b", "\nb", true)]
    [InlineData("(?i)AbC", "aBc", true)]
    [InlineData("(?i)a(?-i)B", "Ab", false)]
    [InlineData("(?i:a)b", "AB", false)]
    [InlineData("\\d+", "123", true)]
    [InlineData("\\d+", "१२३", false)]
    [InlineData("\\D", "१", true)]
    [InlineData("\\w+", "a_Z9", true)]
    [InlineData("\\w", "é", false)]
    [InlineData("\\W", "é", true)]
    [InlineData("\\s", "\v", false)]
    [InlineData("\\s", "\f", true)]
    [InlineData("\\S", "\u00a0", true)]
    [InlineData("(?i)\\W", "k", false)]
    [InlineData("[\\d.]+", "1.2", true)]
    [InlineData("[^\\d]", "1", false)]
    [InlineData("[^\\D]", "1", true)]
    [InlineData("[\\W]", "_", false)]
    [InlineData("[[:alpha:]_]+", "aZ_", true)]
    [InlineData("[[:^alpha:]]", "a", false)]
    [InlineData("[^[:space:]]+", "ab", true)]
    [InlineData("[]a]+", "]a", true)]
    [InlineData("[^]a]", "]", false)]
    [InlineData("[a-z-[aeiou]+", "a-[u", true)]
    [InlineData("[a\\]b]+", "a]b", true)]
    [InlineData("[\\x41-\\x{43}]", "B", true)]
    [InlineData("[-a]+", "a-", true)]
    [InlineData("[a-]+", "a-", true)]
    [InlineData("[^a&&b]", "&", false)]
    [InlineData("\\pL\\p{Lu}\\P{L}\\p{^L}", "aB12", true)]
    [InlineData("[\\p{Nd}x]+", "1x", true)]
    [InlineData("a{2}", "aa", true)]
    [InlineData("a{2,}", "a", false)]
    [InlineData("a{1,2}?b", "aab", true)]
    [InlineData("a{,2}", "a{,2}", true)]
    [InlineData("a{x}", "a{x}", true)]
    [InlineData("{", "{", true)]
    [InlineData("a}]", "a}]", true)]
    [InlineData("\\Qa.b*\\E+", "a.b**", true)]
    [InlineData("\\Q\\d", "\\d", true)]
    [InlineData("\\101\\x42\\x{43}\\_\\-\\/", "ABC_-/", true)]
    [InlineData("\\a\\f\\t\\n\\r\\v", "\a\f\t\n\r\v", true)]
    [InlineData("a b#c", "a b#c", true)]
    [InlineData("\\bfoo\\b", "foo", true)]
    [InlineData("\\Afoo\\z", "foo", true)]
    [InlineData("(?P<name>a)(?<other>b)", "ab", true)]
    [InlineData("😀+", "😀😀", true)]
    [InlineData("/api/v[0-9]+/.*", "/api/v12/x", true)]
    [InlineData("^(.*?;)?(user=jason)(;.*)?$", "a=b;user=jason;c", true)]
    public void A_whole_value_matches_as_in_re2(string re2, string value, bool matches)
    {
        Assert.True(Re2Pattern.TryTranslate(re2, out var pattern, out var error), error);

        Assert.Equal(matches, Regex.IsMatch(value, pattern, Re2Pattern.Options));
    }

    [Theory]
    [InlineData("a(?=b)", 2, "looks ahead")]
    [InlineData("(?!b)", 1, "looks ahead")]
    [InlineData("(?<=b)", 1, "behind")]
    [InlineData("(?<!b)", 1, "behind")]
    [InlineData("(a)\\1", 4, "back-reference")]
    [InlineData("\\8", 1, "back-reference")]
    [InlineData("\\C", 1, "one byte")]
    [InlineData("(?U)a*", 1, "(?U)")]
    [InlineData("(?>a)", 1, "(?>")]
    [InlineData("(?#c)", 1, "(?#")]
    [InlineData("(?'n'a)", 1, "(?'")]
    [InlineData("(?P<n-m>a)", 5, "name")]
    [InlineData("(?P<n>a)(?P<n>b)", 13, "twice")]
    [InlineData("*a", 1, "nothing")]
    [InlineData("a**", 3, "another repetition")]
    [InlineData("a+*", 3, "another repetition")]
    [InlineData("a*{2}", 3, "another repetition")]
    [InlineData("(*a)", 2, "nothing")]
    [InlineData("a|*", 3, "nothing")]
    [InlineData("a{1001}", 2, "1000")]
    [InlineData("a{3,2}", 2, "at least 3")]
    [InlineData("(a", 1, "never closed")]
    [InlineData("a)", 2, "never opened")]
    [InlineData("(?i", 1, "never closed")]
    [InlineData("(?)", 1, "empty flag group")]
    [InlineData("(?i-)", 1, "switches off no flag")]
    [InlineData("[a", 1, "never closed")]
    [InlineData("[]", 1, "never closed")]
    [InlineData("[z-a]", 2, "before its beginning")]
    [InlineData("[[:alpa:]]", 2, "[:alpa:]")]
    [InlineData("[😀]", 2, "U+FFFF")]
    [InlineData("\\p{Greek}", 1, "general categories")]
    [InlineData("\\pX", 1, "general categories")]
    [InlineData("\\p{L", 1, "does not end")]
    [InlineData("\\q", 1, "\\q")]
    [InlineData("\\Z", 1, "\\Z")]
    [InlineData("\\xZZ", 1, "hex")]
    [InlineData("\\x{110000}", 1, "hex")]
    [InlineData("a\\", 2, "ends with a backslash")]
    public void What_re2_or_we_cannot_do_is_refused_with_position_and_reason(string re2, int position, string reason)
    {
        Assert.False(Re2Pattern.TryTranslate(re2, out _, out var error));

        Assert.StartsWith($"at position {position} ", error);
        Assert.Contains(reason, error);
    }

    [Fact]
    public void Too_long_too_deep_and_too_large_expressions_are_refused()
    {
        Assert.False(Re2Pattern.TryTranslate(new string('a', Re2Pattern.MaxLength + 1), out _, out var length));
        Assert.False(Re2Pattern.TryTranslate(new string('(', 500) + new string(')', 500), out _, out var depth));
        Assert.False(Re2Pattern.TryTranslate("((a{1000}){1000}){1000}", out _, out var size));

        Assert.Contains("1024", length);
        Assert.Contains("200", depth);
        Assert.Contains("linear time", size);
        Assert.True(Re2Pattern.TryTranslate(new string('a', Re2Pattern.MaxLength), out _, out _));
    }

    [Theory]
    [InlineData("/a/(.*)", @"/b/\1", "/a/x", "/b/x")]
    [InlineData("(?P<x>a)(b)", @"\2\1", "ab", "ba")]
    [InlineData("a", @"$1\0$0", "a", "$1a$0")]
    [InlineData("a", @"\\n", "a", @"\n")]
    [InlineData("(a)", @"\12", "a", "a2")]
    [InlineData("o", "0", "foo", "f00")]
    public void A_substitution_means_what_it_means_in_re2(string match, string rewrite, string value, string expected)
    {
        Assert.True(Re2Pattern.TryTranslateSearch(match, out var pattern, out var groups, out var error), error);
        Assert.True(Re2Pattern.TryTranslateSubstitution(rewrite, groups, out var replacement, out error), error);

        Assert.Equal(expected, Regex.Replace(value, pattern, replacement, Re2Pattern.Options));
    }

    [Theory]
    [InlineData(@"\2", "has 1")]
    [InlineData(@"\n", "position 1")]
    [InlineData(@"a\", "position 2")]
    public void A_substitution_that_does_not_fit_is_refused(string rewrite, string reason)
    {
        Assert.False(Re2Pattern.TryTranslateSubstitution(rewrite, 1, out _, out var error));

        Assert.Contains(reason, error);
    }

    [Fact]
    public void Quoted_text_matches_itself_and_nothing_longer() =>
        Check.One(
            FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300),
            Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), any => MatchesItself(any.Get))
        );

    [Fact]
    public void Random_expressions_are_translated_or_refused_but_never_throw()
    {
        const string Alphabet = "ab(()){}[]^$.|*+?\\-:=!<>PdDwWsSbBpLQExzUims0129,é😀 #&";
        var random = new Random(4711);
        var accepted = 0;
        for (var i = 0; i < 3000; i++)
        {
            var re2 = new string([.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            accepted +=
                Re2Pattern.TryTranslate(re2, out _, out var error) ? 1
                : error.Length > 0 ? 0
                : throw new InvalidDataException(re2);
        }
        Assert.InRange(accepted, 300, 2700);
    }

    private static bool MatchesItself(string any)
    {
        var text = new string([.. any.Where(c => !char.IsSurrogate(c) && c != '\\')]);
        if (!Re2Pattern.TryTranslate($@"\Q{text}\E", out var pattern, out _))
        {
            return false;
        }
        var regex = new Regex(pattern, Re2Pattern.Options);
        return regex.IsMatch(text) && !regex.IsMatch(text + "\n");
    }
}
