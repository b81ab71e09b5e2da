using System.Collections.Immutable;

namespace Mesh.ControlPlane.Status;

/// <summary>Counts of proxies by what they have, in this replica and as the others report. Pure and immutable.</summary>
internal sealed class ProgrammedCounts
{
    private readonly long[] numbers;

    /// <param name="views">The view each proxy of this replica has settled at; empty for one that has not.</param>
    /// <param name="reports">Of the other replicas: proxies by digest.</param>
    public ProgrammedCounts(LedgerPage page, IEnumerable<string> views, IEnumerable<ImmutableDictionary<string, int>> reports)
    {
        numbers =
        [
            .. views
                .Select(view => page.AtView(view)?.Number ?? 0)
                .Concat(reports.SelectMany(report => report.SelectMany(item => Enumerable.Repeat(page.NumberOf(item.Key), item.Value))))
                .Order(),
        ];
    }

    /// <summary>Proxies that have this state or a later one.</summary>
    public Programmed Since(long number)
    {
        var first = Array.BinarySearch(numbers, number);
        first = first < 0 ? ~first : first;
        while (first > 0 && numbers[first - 1] == number)
        {
            first--;
        }

        return new(numbers.Length - first, numbers.Length);
    }

    /// <summary>What this replica tells the others.</summary>
    public static ImmutableDictionary<string, int> Report(LedgerPage page, IEnumerable<string> views) =>
        views
            .GroupBy(view => page.AtView(view)?.Digest ?? "", StringComparer.Ordinal)
            .ToImmutableDictionary(group => group.Key, group => group.Count());
}
