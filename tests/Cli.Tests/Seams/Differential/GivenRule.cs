using System.Collections.Immutable;

namespace Mesh.Cli.Tests.Seams.Differential;

/// <summary>A rule as a user writes it: with destinations, or with a status it answers or redirects with.</summary>
internal sealed record GivenRule(ImmutableArray<GivenMatch> Matches, ImmutableArray<GivenDestination> Destinations, int Status)
{
    public bool IsRedirect => Destinations.IsEmpty && Status is >= 300 and < 400;

    public Dictionary<string, object> Written(int index)
    {
        var written = new Dictionary<string, object> { ["name"] = $"r{index}" };
        if (!Matches.IsEmpty)
        {
            written.Add("match", Matches.Select(match => match.Written()).ToList());
        }

        if (!Destinations.IsEmpty)
        {
            written.Add("route", Destinations.Select(destination => destination.Written()).ToList());
        }
        else if (IsRedirect)
        {
            written.Add("redirect", new Dictionary<string, object> { ["uri"] = "/elsewhere", ["redirectCode"] = Status });
        }
        else
        {
            written.Add("directResponse", new Dictionary<string, object> { ["status"] = Status });
        }

        return written;
    }

    public IEnumerable<GivenRule> Smaller()
    {
        if (Destinations.Length > 0)
        {
            yield return this with
            {
                Destinations = [],
                Status = 200,
            };
        }

        for (var m = 0; m < Matches.Length; m++)
        {
            yield return this with
            {
                Matches = Matches.RemoveAt(m),
            };
            foreach (var smaller in Matches[m].Smaller())
            {
                yield return this with
                {
                    Matches = Matches.SetItem(m, smaller),
                };
            }
        }
    }
}
