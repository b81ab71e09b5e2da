using System.Text;

namespace Mesh.Config.Tests;

/// <summary>Whatever a file holds, parsing answers with objects and diagnostics and never throws.</summary>
public sealed class ParserFuzzTests
{
    private const int Rounds = 4000;

    [Fact]
    public void Random_bytes_are_never_an_object_and_never_silent()
    {
        var random = new Random(1);
        for (var i = 0; i < Rounds; i++)
        {
            var bytes = new byte[random.Next(16, 200)];
            random.NextBytes(bytes);

            Check(ObjectParser.Parse("a.yaml", bytes), Convert.ToHexString(bytes), mayBeSilent: IsBlank(bytes));
        }
    }

    [Fact]
    public void Random_yaml_characters_never_throw()
    {
        const string Alphabet = "ab: -\n\t[]{},\"'&*!|>%@`#?~<=01.é😀\r\u2028";
        var random = new Random(2);
        for (var i = 0; i < Rounds; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);

            Check(ObjectParser.Parse(i % 2 == 0 ? "a.yaml" : "a.json", text), text, mayBeSilent: true);
        }
    }

    [Fact]
    public void Mutated_fixtures_never_throw_and_what_is_lost_is_told()
    {
        var inputs = GoldenTests
            .Inputs()
            .Select(File.ReadAllBytes)
            .Select(bytes => (Bytes: bytes, HasObjects: !ObjectParser.Parse("a.yaml", bytes).Objects.IsEmpty))
            .ToList();
        var random = new Random(3);
        for (var i = 0; i < Rounds; i++)
        {
            var (original, hadObjects) = inputs[random.Next(inputs.Count)];
            var mutant = Mutate(original, random);

            var result = ObjectParser.Parse(i % 3 == 0 ? "a.json" : "a.yaml", mutant);

            Check(result, Encoding.Latin1.GetString(mutant), mayBeSilent: result.Objects.Length > 0 || !hadObjects || IsBlank(mutant));
        }
    }

    private static void Check(ParseResult result, string input, bool mayBeSilent)
    {
        Assert.True(mayBeSilent || !result.Diagnostics.IsEmpty, $"silent about: {input}");
        foreach (var diagnostic in result.Diagnostics)
        {
            Assert.Contains(diagnostic.Definition, DiagnosticCodes.All);
            Assert.InRange(diagnostic.Location.Line, 0, input.Length + 1);
            Assert.False(string.IsNullOrWhiteSpace(diagnostic.Message));
            Assert.DoesNotContain('\n', diagnostic.ToString());
        }
        // Refused objects are told about, accepted ones have no errors.
        Assert.All(
            result.Rejected,
            key => Assert.Contains(result.Diagnostics, d => d.Object == key && d.Severity == DiagnosticSeverity.Error)
        );
    }

    private static bool IsBlank(byte[] bytes) =>
        Encoding.Latin1.GetString(bytes).Split('\n').All(line => line.Trim() is "" or "---" || line.Trim()[0] is '#' or '%');

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var edits = random.Next(1, 6); edits > 0 && bytes.Count > 0; edits--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 30), bytes.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.Insert(at, (byte)"{}[]:,-\"'&*|> \n\t#0"[random.Next(18)]);
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }
        return [.. bytes];
    }
}
