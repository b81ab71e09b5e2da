using System.Collections.Immutable;
using Mesh.Config.Specs;
using Mesh.Text;

namespace Mesh.Config.Validation;

/// <summary>Checks that several kinds need.</summary>
internal static class SharedChecks
{
    private const string LabelForm = "must begin and end with a letter or digit, have only - _ . between, at most 63 characters";

    internal static void Regex(string expression, FieldPath path, ProblemList problems, string hint = "")
    {
        if (!Re2Pattern.TryTranslate(expression, out _, out var error))
        {
            problems.Add(DiagnosticCodes.InvalidRegex, path, $"is no RE2 expression we can match: it {error}{hint}");
        }
    }

    internal static void Match(StringMatchSpec? match, FieldPath path, ProblemList problems, string hint = "")
    {
        if (match is { Kind: StringMatchKind.Regex })
        {
            Regex(match.Value, path.Field("regex"), problems, hint);
        }
    }

    internal static void Labels(ImmutableSortedDictionary<string, string> labels, FieldPath path, ProblemList problems)
    {
        foreach (var (key, value) in labels)
        {
            if (!Syntax.IsLabelKey(key))
            {
                problems.Add(
                    DiagnosticCodes.InvalidLabel,
                    path.Key(key),
                    $"has the key \"{key}\", which {LabelForm}, after an optional prefix/"
                );
            }
            if (!Syntax.IsLabelValue(value))
            {
                problems.Add(DiagnosticCodes.InvalidLabel, path.Key(key), $"is \"{value}\", which {LabelForm}");
            }
        }
    }

    internal static void ExportTo(ImmutableArray<string> exportTo, FieldPath path, ProblemList problems)
    {
        for (var i = 0; i < exportTo.Length; i++)
        {
            if (exportTo[i] is not ("." or "*" or "~") && !Syntax.IsNamespace(exportTo[i]))
            {
                problems.Add(
                    DiagnosticCodes.InvalidName,
                    path.Index(i),
                    $"is \"{exportTo[i]}\", must be ., *, ~ or the name of a namespace"
                );
            }
            else if (exportTo.Length > 1 && exportTo[i] is "*" or "~")
            {
                problems.Add(DiagnosticCodes.ConflictingFields, path.Index(i), $"is {exportTo[i]} beside others; it stands alone");
            }
        }
        Unique(exportTo, path, problems);
    }

    internal static void Unique(IEnumerable<string?> values, FieldPath list, ProblemList problems, Func<FieldPath, FieldPath>? at = null)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var index = 0;
        foreach (var value in values)
        {
            if (value is not null && !seen.Add(value))
            {
                var path = list.Index(index);
                problems.Add(
                    DiagnosticCodes.Duplicate,
                    at is null ? path : at(path),
                    $"is \"{value}\", which is given already; each may be given once"
                );
            }
            index++;
        }
    }

    internal static void Subnets(ImmutableArray<string> subnets, FieldPath path, ProblemList problems)
    {
        for (var i = 0; i < subnets.Length; i++)
        {
            if (!Syntax.IsIpOrCidr(subnets[i]))
            {
                problems.Add(
                    DiagnosticCodes.InvalidAddress,
                    path.Index(i),
                    $"is \"{subnets[i]}\", must be an IP address or a CIDR block such as 10.0.0.0/8"
                );
            }
        }
    }

    internal static void Destination(DestinationSpec destination, FieldPath path, ProblemList problems)
    {
        if (destination.Host.Length > 0 && !Syntax.IsDnsName(destination.Host) && !Syntax.IsIp(destination.Host))
        {
            problems.Add(
                DiagnosticCodes.InvalidHost,
                path.Field("host"),
                $"is \"{destination.Host}\", must be the name of a service, without wildcard, scheme or port"
            );
        }
        if (destination.Subset is { } subset)
        {
            SubsetName(subset, path.Field("subset"), problems);
        }
    }

    internal static void SubsetName(string name, FieldPath path, ProblemList problems)
    {
        if (name.Length > 0 && !Syntax.IsLabelValue(name))
        {
            problems.Add(DiagnosticCodes.InvalidName, path, $"is \"{name}\", which {LabelForm}");
        }
    }

    internal static void Weights(IEnumerable<int> weights, FieldPath path, ProblemList problems)
    {
        var (count, sum) = (0, 0L);
        foreach (var weight in weights)
        {
            (count, sum) = (count + 1, sum + weight);
        }
        if (count > 1 && sum == 0)
        {
            problems.Add(DiagnosticCodes.WeightSumZero, path, "weights add up to 0, at least one must be positive");
        }
        if (sum > uint.MaxValue)
        {
            problems.Add(DiagnosticCodes.NumberOutOfRange, path, $"weights add up to {sum}, must be at most {uint.MaxValue}");
        }
    }

    internal static void GatewayNames(ImmutableArray<string> gateways, FieldPath path, ProblemList problems)
    {
        for (var i = 0; i < gateways.Length; i++)
        {
            var parts = gateways[i].Split('/');
            var valid =
                parts.Length <= 2 && Syntax.IsDnsName(parts[^1]) && (parts.Length == 1 || parts[0] == "." || Syntax.IsNamespace(parts[0]));
            if (!valid)
            {
                problems.Add(DiagnosticCodes.InvalidName, path.Index(i), $"is \"{gateways[i]}\", must be mesh, name or namespace/name");
            }
        }
    }
}
