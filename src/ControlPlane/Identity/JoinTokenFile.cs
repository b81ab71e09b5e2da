using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Mesh.ControlPlane.Identity;

/// <summary>
/// Pure: reads join tokens, one a line: <c>TOKEN NAMESPACE/SERVICE-ACCOUNT [once] [until=TIME]</c>. Keeps hashes alone, so that neither a look-up's
/// duration nor a dump of the memory tells a token.
/// </summary>
internal static class JoinTokenFile
{
    /// <summary>Shorter ones could be guessed.</summary>
    public const int ShortestToken = 16;

    private const string Until = "until=";

    /// <summary>What a token is known by.</summary>
    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <param name="problems">Everything that is wrong, by line, and never a token.</param>
    public static FrozenDictionary<string, JoinToken> Read(string text, string trustDomain, out IReadOnlyList<string> problems)
    {
        var found = new Dictionary<string, JoinToken>(StringComparer.Ordinal);
        var wrong = new List<string>();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0)
            {
                Read(words, $"line {number}");
            }
        }

        problems = wrong;
        return found.ToFrozenDictionary(StringComparer.Ordinal);

        void Read(string[] words, string line)
        {
            if (
                words.Length < 2
                || words[1].Split('/') is not [var ns, var account]
                || WorkloadIdentity.Create(trustDomain, ns, account) is not { } identity
            )
            {
                wrong.Add(
                    $"{line}: write TOKEN NAMESPACE/SERVICE-ACCOUNT, such as the output of 'openssl rand -hex 32' and default/reviews"
                );
                return;
            }

            if (words[0].Length < ShortestToken)
            {
                wrong.Add(
                    $"{line}: the token has {words[0].Length} characters; use at least {ShortestToken}, better 64 from 'openssl rand -hex 32'"
                );
            }

            var once = false;
            DateTimeOffset? until = null;
            foreach (var word in words[2..])
            {
                if (word == "once")
                {
                    once = true;
                }
                else if (
                    word.StartsWith(Until, StringComparison.Ordinal)
                    && DateTimeOffset.TryParse(
                        word[Until.Length..],
                        CultureInfo.InvariantCulture,
                        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                        out var time
                    )
                )
                {
                    until = time;
                }
                else
                {
                    wrong.Add($"{line}: after the service account come 'once' and 'until=TIME', such as until=2030-01-31T00:00:00Z");
                }
            }

            if (!found.TryAdd(HashOf(words[0]), new(identity, once, until)))
            {
                wrong.Add($"{line}: the token is in the file twice; each may stand for one service account");
            }
        }
    }
}
