namespace Mesh.Config.Reading;

/// <summary>Finds the name a user probably meant.</summary>
internal static class NearestName
{
    /// <summary>The candidate that looks most like the name, or null when none is near; ties go to the earlier candidate.</summary>
    internal static string? Find(string name, IEnumerable<string> candidates)
    {
        string? best = null;
        var bestDistance = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var distance = Distance(Fold(name), Fold(candidate));
            if (distance < bestDistance && distance <= Tolerance(name, candidate))
            {
                (best, bestDistance) = (candidate, distance);
            }
        }
        return best;
    }

    /// <summary>The candidate that is at most one edit away, null when none is; short names are not compared, too many are that near.</summary>
    internal static string? FindAlmostSame(string name, IEnumerable<string> candidates)
    {
        const int Shortest = 4;
        return name.Length < Shortest ? null : candidates.FirstOrDefault(candidate => Distance(Fold(name), Fold(candidate)) <= 1);
    }

    /// <summary>Whether two names differ only in case, underscores and dashes.</summary>
    internal static bool IsSame(string a, string b) => Fold(a) == Fold(b);

    /// <summary>Edits (insert, delete, replace, swap neighbours) from one text to the other.</summary>
    internal static int Distance(string a, string b)
    {
        const int Longest = 64; // beyond it names are not typing errors, and the table would grow with the user's text
        if (a.Length > Longest || b.Length > Longest)
        {
            return a == b ? 0 : Longest;
        }
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }
                var replaced = table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                var distance = Math.Min(replaced, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    distance = Math.Min(distance, table[i - 2, j - 2] + 1);
                }
                table[i, j] = distance;
            }
        }
        return table[a.Length, b.Length];
    }

    // Short names tolerate one edit, longer ones a third of their length; a common beginning (retry, retries) tolerates more.
    private static int Tolerance(string name, string candidate)
    {
        var shorter = Math.Min(name.Length, candidate.Length);
        if (shorter < 3)
        {
            return 0;
        }
        var common = 0;
        while (common < shorter && char.ToLowerInvariant(name[common]) == char.ToLowerInvariant(candidate[common]))
        {
            common++;
        }
        var tolerance = shorter < 5 ? 1 : Math.Max(2, shorter / 3);
        return common >= 4 ? Math.Max(tolerance, 4) : tolerance;
    }

    private static string Fold(string name) =>
        name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
}
