using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.Config;
using Mesh.ControlPlane.Sources.Kubernetes;
using Mesh.ControlPlane.Status;
using Mesh.ControlPlane.Tests.Translation;
using Mesh.Kubernetes;

namespace Mesh.ControlPlane.Tests.Status;

/// <summary>A schedule, objects that take what it writes, and a clock: one step is a second.</summary>
internal sealed class StatusRun
{
    private static readonly KnownKind Kind = KnownKind.All.Single(kind => kind.Kind == Kinds.DestinationRule);
    private static readonly ApiResource Resource = new ClusterCollection(Kind, null, ListOptions.All).Resource("v1");

    private readonly SortedDictionary<ObjectKey, StatusSubject> subjects = [];
    private long version = 1000;
    private long state;

    public StatusSchedule Schedule { get; } = new();

    public TimeSpan Now { get; private set; }

    /// <summary>Who has how much of every object.</summary>
    public Programmed Programmed { get; set; } = new(5, 5);

    /// <summary>What was written so far, and when.</summary>
    public List<(TimeSpan At, string Name)> Writes { get; } = [];

    /// <summary>What the server answers; by default it writes.</summary>
    public Func<string, StatusOutcome> Answer { get; set; } = _ => StatusOutcome.Written;

    public static string Rule(int i) => $"rule-{i:D5}";

    public void Put(string name, bool isSound = true, int generation = 1)
    {
        var item = YamlObjects.Read(Given.Rule(name, "shop", "books")).Single();
        item["metadata"]!["uid"] = name;
        item["metadata"]!["generation"] = generation;
        item["spec"]!["trafficPolicy"]!["loadBalancer"]!["simple"] = isSound ? "RANDOM" : "FASTEST";
        Store(item, ++state);
    }

    public void Delete(string name)
    {
        subjects.Remove(new(Kinds.DestinationRule, "shop", name));
    }

    public string Message(string name, string type)
    {
        var status = subjects[new(Kinds.DestinationRule, "shop", name)].Object.Status;
        return (string?)
                (status.IsEmpty ? null : JsonNode.Parse(status.Span)!["conditions"]!.AsArray().Single(c => (string?)c!["type"] == type))?[
                    "message"
                ]
            ?? "";
    }

    /// <summary>Seconds until there is nothing to write any more.</summary>
    public int UntilQuiet()
    {
        var seconds = 0;
        do
        {
            Step();
            Assert.InRange(++seconds, 1, 5000);
        } while (Schedule.Waiting > 0);

        return seconds;
    }

    public void Steps(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            Step();
        }
    }

    public void Step()
    {
        Now += TimeSpan.FromSeconds(1);
        Schedule.Keep(subjects.Keys.ToHashSet());
        Schedule.See(
            [.. subjects.Values.Select(subject => subject with { Programmed = Programmed })],
            DateTimeOffset.UnixEpoch.AddYears(50) + Now,
            Now
        );
        foreach (var entry in Schedule.Due(Now))
        {
            if (!Schedule.TryTake(entry, Now))
            {
                return;
            }

            var name = entry.Subject.Object.Key.Name;
            Writes.Add((Now, name));
            switch (Answer(name))
            {
                case StatusOutcome.Written:
                    var (at, status) = Write(entry);
                    Schedule.Written(entry, at, status, Now);
                    break;
                case StatusOutcome.Refused:
                    Schedule.Refused(entry, Now);
                    break;
                default:
                    Schedule.Unavailable(Now, atLeast: null);
                    break;
            }
        }
    }

    // The watch brings it back before the next step.
    private (string Version, ReadOnlyMemory<byte> Status) Write(StatusEntry entry)
    {
        var subject = subjects[entry.Subject.Object.Key];
        var status = Encoding.UTF8.GetBytes(entry.Change!.Status.ToJsonString());
        var now = (++version).ToString(CultureInfo.InvariantCulture);
        subjects[entry.Subject.Object.Key] = subject with { Object = subject.Object with { Status = status, ResourceVersion = now } };
        return (now, status);
    }

    private void Store(JsonObject item, long since)
    {
        item["metadata"]!["resourceVersion"] = (++version).ToString(CultureInfo.InvariantCulture);
        var key = new ObjectKey(Kinds.DestinationRule, "shop", (string)item["metadata"]!["name"]!);
        var before = subjects.GetValueOrDefault(key);
        if (before is { Object.Status.IsEmpty: false })
        {
            item["status"] = JsonNode.Parse(before.Object.Status.Span);
        }

        var read = ClusterObject.Read(KubernetesObject.Read(Encoding.UTF8.GetBytes(item.ToJsonString()), Resource), Kind, before?.Object);
        subjects[key] = new(read, ReferenceEquals(read.InForce, before?.Object.InForce) ? before?.Since ?? 0 : since, [], Programmed);
    }
}
