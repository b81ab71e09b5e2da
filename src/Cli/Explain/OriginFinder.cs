using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Mesh.Cli.Offline;
using Mesh.Config;
using Mesh.Config.Reading;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Translation;
using Mesh.Proxy;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Cli.Explain;

/// <summary>
/// Says which field of which object a value comes from. What the resources tell by themselves is the object, and the line of a rule; fields
/// and their lines are looked up in the files, where there are any.
/// </summary>
internal sealed partial class OriginFinder(OfflineMesh? files, ProxyNode node)
{
    // The only block that a port's own policy does not replace, for it cannot have one.
    private const string RetryBudget = "retryBudget";

    private static readonly FieldPath Spec = FieldPath.Root.Field("spec");

    private readonly Dictionary<SourceLocation, WrittenObject?> written = [];

    /// <summary>The rule behind a route, as its metadata names it; null for routes that no rule made.</summary>
    public (Origin Origin, ConfigObject? Object, FieldPath? Path)? Rule(Pb.Route route)
    {
        if (Config(route.Metadata) is not { } config || Reference().Match(config) is not { Success: true } match)
        {
            return null;
        }

        var key = new ObjectKey(match.Groups["kind"].Value, match.Groups["namespace"].Value, match.Groups["name"].Value);
        var file = match.Groups["file"].Value;
        var line = int.Parse(match.Groups["line"].ValueSpan, CultureInfo.InvariantCulture);
        var written = WrittenRule(key, line);
        return (new(key.ToString(), written?.Path.ToString(), file, line), written?.Owner, written?.Path);
    }

    /// <summary>A rule as the files have it; null where they do not.</summary>
    public (ConfigObject<VirtualServiceSpec> Owner, HttpRouteSpec Spec, FieldPath Path)? Rule(SourceRef source) =>
        WrittenRule(new(source.Kind, source.Namespace, source.Name), source.Line);

    private (ConfigObject<VirtualServiceSpec> Owner, HttpRouteSpec Spec, FieldPath Path)? WrittenRule(ObjectKey key, int line)
    {
        var owner = files?.Objects.VirtualServices.FirstOrDefault(item => item.Key == key);
        var index = owner?.Spec.Http.Select(rule => rule.Location.Line).ToList().IndexOf(line) ?? -1;
        return index < 0 ? null : (owner!, owner!.Spec.Http[index], Spec.Field("http").Index(index));
    }

    /// <summary>A field of an object; null where it is not written.</summary>
    public Origin? Field(ConfigObject owner, FieldPath path) =>
        Written(owner)?.LineOf(path) is { } line ? new(owner.Key.ToString(), path.ToString(), owner.Location.File, line) : null;

    /// <summary>
    /// Where a value of a cluster comes from: the first of these fields that is written in the block of traffic policy that counts for
    /// the cluster (subset before rule; a port's own replaces both).
    /// </summary>
    /// <param name="block">Such as <c>connectionPool</c>.</param>
    /// <param name="leaves">Below it, such as <c>tcp.maxConnections</c>; empty for the block itself.</param>
    /// <param name="isDefault">Whether the value is what holds where nobody wrote anything.</param>
    public Origin Policy(Pb.Cluster cluster, string block, bool isDefault, params ReadOnlySpan<string> leaves)
    {
        if (PolicyOf(cluster) is not { } policy)
        {
            return !isDefault && Config(cluster.Metadata) is { } config ? new(config, null, null, null) : Origin.Default;
        }

        var (name, rules) = policy;
        foreach (var (owner, level, ofPort) in Levels(name, rules))
        {
            var at = level.Field(block);
            if (Field(owner, at) is not { } whole)
            {
                if (ofPort && block != RetryBudget)
                {
                    break;
                }

                continue;
            }

            foreach (var leaf in leaves)
            {
                var path = leaf.Split('.').Aggregate(at, (parent, step) => parent.Field(step));
                if (Field(owner, path) is { } found)
                {
                    return found;
                }
            }

            return leaves.IsEmpty ? whole : Origin.Default;
        }

        return Origin.Default;
    }

    /// <summary>The subset that a cluster is, with its labels; null for a whole service, and where nobody has the files.</summary>
    public Setting? Subset(Pb.Cluster cluster)
    {
        if (PolicyOf(cluster) is not { Name.Subset.Length: > 0 } policy)
        {
            return null;
        }

        foreach (var rule in policy.Rules)
        {
            var index = rule.Spec.Subsets.ToList().FindIndex(subset => subset.Name == policy.Name.Subset);
            if (index >= 0 && Field(rule, Spec.Field("subsets").Index(index)) is { } origin)
            {
                return new($"subset {policy.Name.Subset}", new Labels(rule.Spec.Subsets[index].Labels).ToString(), origin);
            }
        }

        return null;
    }

    /// <summary>The DestinationRules that shape a cluster, for remarks about them.</summary>
    public IEnumerable<ObjectKey> PolicyObjects(Pb.Cluster cluster) =>
        PolicyOf(cluster) is { } policy ? policy.Rules.Select(rule => rule.Key) : [];

    /// <summary>What the metadata of a resource names as its origin.</summary>
    public static string? Config(Pb.Metadata? metadata) =>
        metadata?.FilterMetadata.GetValueOrDefault("istio")?.Fields.GetValueOrDefault("config")?.StringValue;

    private (ClusterName Name, ImmutableArray<ConfigObject<DestinationRuleSpec>> Rules)? PolicyOf(Pb.Cluster cluster)
    {
        if (
            files is null
            || !ClusterName.TryParse(cluster.Name, out var name)
            || files.Snapshot.ServiceFor(node.Namespace, name.Host) is not { } service
        )
        {
            return null;
        }

        var labels = files.Snapshot.WorkloadNamed(node.Namespace, node.Pod)?.Labels ?? Labels.Empty;
        if (files.Snapshot.PolicyFor(node.Namespace, labels, service) is not { } policy)
        {
            return (name, []);
        }

        // Those that were merged into one, the first of them first.
        return (
            name,
            [
                .. files
                    .Objects.DestinationRules.Where(rule =>
                        rule.Key.Namespace == policy.Namespace
                        && HostNames.Resolve(rule.Spec.Host, rule.Key.Namespace, files.Snapshot.Settings) == policy.Host
                        && ExportTo.Resolve(rule.Spec.ExportTo, rule.Key.Namespace) == policy.Visibility
                        && new Labels(rule.Spec.WorkloadSelector).Equals(policy.WorkloadSelector)
                    )
                    .Order(ConflictOrder.Instance)
                    .Cast<ConfigObject<DestinationRuleSpec>>(),
            ]
        );
    }

    private static IEnumerable<(ConfigObject Owner, FieldPath Level, bool OfPort)> Levels(
        ClusterName name,
        ImmutableArray<ConfigObject<DestinationRuleSpec>> rules
    )
    {
        foreach (var rule in name.Subset.Length > 0 ? rules : [])
        {
            var index = rule.Spec.Subsets.ToList().FindIndex(subset => subset.Name == name.Subset);
            if (index >= 0)
            {
                var (path, ofPort) = AtPort(rule.Spec.Subsets[index].TrafficPolicy, Spec.Field("subsets").Index(index), name.Port);
                yield return (rule, path, ofPort);
                break;
            }
        }

        if (rules.FirstOrDefault(rule => rule.Spec.TrafficPolicy is not null) is { } first)
        {
            var (path, ofPort) = AtPort(first.Spec.TrafficPolicy, Spec, name.Port);
            yield return (first, path, ofPort);
        }
    }

    private static (FieldPath Path, bool OfPort) AtPort(TrafficPolicySpec? policy, FieldPath parent, int port)
    {
        var path = parent.Field("trafficPolicy");
        var index = policy?.PortLevelSettings.Select(special => special.Port).ToList().IndexOf(port) ?? -1;
        return index < 0 ? (path, false) : (path.Field("portLevelSettings").Index(index), true);
    }

    private WrittenObject? Written(ConfigObject owner)
    {
        if (!written.TryGetValue(owner.Location, out var found))
        {
            written.Add(owner.Location, found = Read(owner.Location));
        }

        return found;
    }

    private static WrittenObject? Read(SourceLocation location)
    {
        try
        {
            return WrittenObject.Find(location.File, File.ReadAllText(location.File), location.Line);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // Gone since it was read: the object is all that can be told.
            return null;
        }
    }

    [GeneratedRegex(@"^(?<kind>\w+) (?<namespace>[^/]+)/(?<name>\S+) \((?<file>.*):(?<line>[0-9]+)\)$")]
    private static partial Regex Reference();
}
