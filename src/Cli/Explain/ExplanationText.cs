using System.Globalization;
using Mesh.Cli.Output;

namespace Mesh.Cli.Explain;

/// <summary>An explanation for people: the decision first, then what is in force, then who was passed over.</summary>
internal static class ExplanationText
{
    public static void Write(TextWriter output, Explanation explanation)
    {
        var from = explanation.From.Length > 0 ? $" from {explanation.From}" : "";
        output.WriteLine($"{explanation.Request}{from}{(explanation.To is { } to ? $" at {to}" : "")}");
        output.WriteLine();
        Line(output, "listener", explanation.Listener is { } l ? $"{l.Name} ({l.Why})" : "none");
        if (explanation.VirtualHost is { } host)
        {
            Line(output, "virtual host", host);
        }

        if (explanation.Rule is { } rule)
        {
            Line(output, "rule", $"{rule.Name}: {rule.Conditions}");
            Line(output, "", $"{rule.Origin}");
        }

        Line(output, "action", explanation.Action);
        if (explanation.Failure is { } failure)
        {
            Line(output, "fails", $"{failure.Status} {failure.Flag}: {failure.Reason}");
        }

        Asked(output, "asked of it", explanation.Policies, explanation.Verdict);
        Settings(output, "in force for the rule", "", explanation.Settings);
        foreach (var destination in explanation.Destinations)
        {
            var share = destination.Share.ToString("0.###", CultureInfo.InvariantCulture);
            var endpoints = destination.Endpoints switch
            {
                null => "",
                1 => ", 1 endpoint",
                var count => $", {count} endpoints",
            };
            Settings(output, $"{share} % to {destination.Cluster}{endpoints}", destination.Problem ?? "", destination.Settings);
        }

        foreach (var arrival in explanation.Arrivals)
        {
            Asked(output, $"asked of it at {string.Join(", ", arrival.At)}", arrival.Policies, arrival.Verdict);
        }

        Rejections(output, "rejected before it", explanation.Rejected);
        if (explanation.NotAsked.Length > 0)
        {
            output.WriteLine();
            output.WriteLine("not asked any more");
            foreach (var other in explanation.NotAsked)
            {
                output.WriteLine($"  {other.Name}: {other.Conditions}  {other.Origin}");
            }
        }

        Rejections(output, "without a say", explanation.Overruled);
        if (explanation.Remarks.Length > 0)
        {
            output.WriteLine();
            output.WriteLine("remarks");
            foreach (var remark in explanation.Remarks)
            {
                output.WriteLine($"  {remark}");
            }
        }
    }

    private static void Line(TextWriter output, string name, string value) => output.WriteLine($"{name, -13} {value}".TrimEnd());

    private static void Asked(TextWriter output, string title, IReadOnlyList<Setting> policies, string? verdict)
    {
        Settings(output, title, "", policies);
        if (verdict is not null)
        {
            output.WriteLine($"  => {verdict}");
        }
    }

    private static void Settings(TextWriter output, string title, string problem, IReadOnlyList<Setting> settings)
    {
        if (settings.Count == 0 && problem.Length == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine(title);
        if (problem.Length > 0)
        {
            output.WriteLine($"  FAILS: {problem}");
        }

        TextTable.WriteRows(output, settings.Select(s => (string[])[$"  {s.Name}", s.Value, s.Origin.ToString()]));
    }

    private static void Rejections(TextWriter output, string title, IReadOnlyList<ExplainedRejection> rejections)
    {
        if (rejections.Count == 0)
        {
            return;
        }

        output.WriteLine();
        output.WriteLine(title);
        foreach (var rejection in rejections)
        {
            output.WriteLine($"  {rejection.Name}  {rejection.Origin}");
            output.WriteLine($"    needs: {rejection.Needs}");
            output.WriteLine($"    has:   {rejection.Has}");
        }
    }
}
