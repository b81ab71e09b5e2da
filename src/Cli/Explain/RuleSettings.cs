using System.Collections.Immutable;
using Google.Protobuf.Collections;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Generation;
using Mesh.ControlPlane.Model;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Cli.Explain;

/// <summary>What a rule sets for its requests beside where they go: as the proxy was told, each with the field that asks for it.</summary>
internal sealed class RuleSettings(OriginFinder origins, Pb.Route route, SourceRef? delegatedBy)
{
    // Of the destinations, which are never inherited.
    private const string OfDestinations = "route";

    private readonly (ConfigObject<VirtualServiceSpec> Owner, HttpRouteSpec Spec, FieldPath Path)? root = delegatedBy is null
        ? null
        : origins.Rule(delegatedBy);

    private readonly (Origin Origin, ConfigObject? Object, FieldPath? Path)? rule = origins.Rule(route);
    private readonly ImmutableArray<Setting>.Builder settings = ImmutableArray.CreateBuilder<Setting>();

    /// <param name="delegatedBy">The rule that delegates to the route's; null for most.</param>
    public static ImmutableArray<Setting> Of(Pb.Route route, SourceRef? delegatedBy, OriginFinder origins)
    {
        var reader = new RuleSettings(origins, route, delegatedBy);
        if (route.Route_ is { } action)
        {
            reader.Forwarding(action);
        }

        reader.Filters(route.TypedPerFilterConfig);
        reader.Headers("request headers", route.RequestHeadersToAdd, route.RequestHeadersToRemove, "headers.request");
        reader.Headers("response headers", route.ResponseHeadersToAdd, route.ResponseHeadersToRemove, "headers.response");
        return reader.settings.ToImmutable();
    }

    /// <summary><c>set a=1, add b=2, remove c</c>; empty for nothing.</summary>
    public static string Edits(RepeatedField<Pb.HeaderValueOption> add, RepeatedField<string> remove) =>
        string.Join(
            ", ",
            add.Select(option =>
                    (option.AppendAction == Pb.HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd ? "set " : "add ")
                    + $"{option.Header.Key}={option.Header.Value}"
                )
                .Concat(remove.Select(name => $"remove {name}"))
        );

    private void Forwarding(Pb.RouteAction action)
    {
        Add("timeout", MessageText.Of(action.Timeout), action.Timeout?.ToTimeSpan() == TimeSpan.Zero, "timeout");
        Add("retries", Retries(action.RetryPolicy), RetryPolicyGenerator.Generate(null)!.Equals(action.RetryPolicy), "retries");
        if (action.PrefixRewrite.Length > 0)
        {
            Add("path rewrite", $"'{action.PrefixRewrite}' instead of what was matched", false, "rewrite.uri");
        }

        if (action.RegexRewrite is { } regex)
        {
            Add(
                "path rewrite",
                $"'{regex.Substitution}' for what '{regex.Pattern.Regex}' finds",
                false,
                "rewrite.uriRegexRewrite",
                "rewrite.uri"
            );
        }

        if (action.HostRewriteLiteral.Length > 0)
        {
            Add("authority rewrite", action.HostRewriteLiteral, false, "rewrite.authority", "headers.request", OfDestinations);
        }

        foreach (var mirror in action.RequestMirrorPolicies)
        {
            Add("mirror", MessageText.Of(mirror), false, "mirrors", "mirror");
        }

        if (action.Cors is { } cors)
        {
            Add("CORS", MessageText.Of(cors), false, "corsPolicy");
        }
    }

    private void Filters(MapField<string, Google.Protobuf.WellKnownTypes.Any> filters)
    {
        foreach (var (name, config) in filters.OrderBy(filter => filter.Key, StringComparer.Ordinal))
        {
            var field = name.Contains("fault", StringComparison.Ordinal) ? "fault" : "corsPolicy";
            Add(field == "fault" ? "fault" : "CORS", MessageText.Of(config), false, field);
        }
    }

    private void Headers(string name, RepeatedField<Pb.HeaderValueOption> add, RepeatedField<string> remove, string field)
    {
        if (Edits(add, remove) is { Length: > 0 } edits)
        {
            // Those of an only destination are the rule's own on the wire.
            Add(name, edits, false, field, OfDestinations);
        }
    }

    private static string Retries(Pb.RetryPolicy? policy)
    {
        if (policy is null)
        {
            return "off";
        }

        var codes = policy.RetriableStatusCodes.Count > 0 ? $" ({string.Join(", ", policy.RetriableStatusCodes)})" : "";
        var text = $"{policy.NumRetries ?? 1} on {policy.RetryOn}{codes}";
        text += policy.PerTryTimeout is null ? "" : $", each try within {MessageText.Of(policy.PerTryTimeout)}";
        text += policy.RetryBackOff is { } pause ? $", pauses from {MessageText.Of(pause.BaseInterval)}" : "";
        text += policy.RetryHostPredicate.Count > 0 ? ", another endpoint first" : "";
        return text + (policy.RetryPriority is null ? "" : ", another locality first");
    }

    // The first of the fields that is written; without files the rule is all that is known.
    private void Add(string name, string value, bool isDefault, params ReadOnlySpan<string> fields)
    {
        if (rule is not { Object: { } owner, Path: { } path })
        {
            settings.Add(new(name, value, isDefault || rule is null ? Origin.Default : rule.Value.Origin));
            return;
        }

        var ofRule = fields.IndexOf(OfDestinations) is >= 0 and var last ? fields[..last] : fields;
        var found =
            FirstWritten(owner, path, ofRule)
            ?? (root is { } from ? FirstWritten(from.Owner, from.Path, ofRule) : null)
            ?? FirstWritten(owner, path, fields[ofRule.Length..]);
        settings.Add(new(name, value, found ?? Origin.Default));
    }

    private Origin? FirstWritten(ConfigObject owner, FieldPath path, ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            if (origins.Field(owner, field.Split('.').Aggregate(path, (parent, step) => parent.Field(step))) is { } found)
            {
                return found;
            }
        }

        return null;
    }
}
