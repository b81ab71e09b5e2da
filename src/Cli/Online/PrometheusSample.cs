using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Mesh.Cli.Online;

/// <summary>One line of Prometheus text: a metric, its labels, its value.</summary>
internal sealed record PrometheusSample(string Name, ImmutableDictionary<string, string> Labels, double Value)
{
    public string this[string label] => Labels.GetValueOrDefault(label, "");

    /// <summary>The samples of a page; comments and what cannot be read are left out.</summary>
    public static IEnumerable<PrometheusSample> In(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.Length > 0 && line[0] != '#' && Parse(line) is { } sample)
            {
                yield return sample;
            }
        }
    }

    private static PrometheusSample? Parse(string line)
    {
        var space = line.LastIndexOf(' ');
        if (space < 0 || !double.TryParse(line.AsSpan(space + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        var brace = line.IndexOf('{', StringComparison.Ordinal);
        if (brace < 0 || brace > space)
        {
            return new(line[..space], ImmutableDictionary<string, string>.Empty, value);
        }

        var labels = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var at = brace + 1;
        while (at < space && line[at] != '}')
        {
            var equals = line.IndexOf('=', at);
            if (equals < 0 || equals + 1 >= line.Length || line[equals + 1] != '"')
            {
                return null;
            }

            var name = line[at..equals].Trim(',', ' ');
            var content = new StringBuilder();
            for (at = equals + 2; at < line.Length && line[at] != '"'; at++)
            {
                if (line[at] == '\\' && at + 1 < line.Length)
                {
                    at++;
                    content.Append(line[at] == 'n' ? '\n' : line[at]);
                }
                else
                {
                    content.Append(line[at]);
                }
            }

            labels[name] = content.ToString();
            at++;
        }

        return new(line[..brace], labels.ToImmutable(), value);
    }
}
