using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;
using StringMatchKind = Mesh.ControlPlane.Model.StringMatchKind;
using WrittenKind = Mesh.Config.Specs.StringMatchKind;

namespace Mesh.ControlPlane.Translation;

/// <summary>The conditions of a rule; gateway names become <c>namespace/name</c>.</summary>
internal static class MatchTranslator
{
    public const string MeshGateway = "mesh";

    public static Match Translate(HttpMatchSpec spec, ConfigObject owner, FieldPath path, MeshSettings settings, Findings findings)
    {
        var labels = new Labels(spec.SourceLabels);
        var sourceNamespace = spec.SourceNamespace;
        IgnoredBesideGateways(spec.Gateways, ref labels, ref sourceNamespace, owner, path, spec.Location, findings);
        return new(
            spec.Name ?? "",
            Value(spec.Uri),
            spec.IgnoreUriCase,
            Value(spec.Method),
            Value(spec.Scheme),
            Value(spec.Authority),
            Headers(spec.Headers),
            Headers(spec.WithoutHeaders),
            Parameters(spec.QueryParams),
            spec.Port,
            labels,
            sourceNamespace,
            Gateways(spec.Gateways, owner.Key.Namespace, settings),
            spec.StatPrefix
        );
    }

    /// <summary>Istio: a match that names gateways is decided by them alone; the client's labels and namespace do not count.</summary>
    public static void IgnoredBesideGateways(
        ImmutableArray<string> gateways,
        ref Labels sourceLabels,
        ref string? sourceNamespace,
        ConfigObject owner,
        FieldPath path,
        SourceLocation location,
        Findings findings
    )
    {
        if (gateways.IsEmpty || (sourceLabels.Values.IsEmpty && sourceNamespace is null))
        {
            return;
        }

        findings.Add(
            TranslationCodes.MatchFieldIgnored,
            owner,
            path.Field(sourceLabels.Values.IsEmpty ? "sourceNamespace" : "sourceLabels"),
            "the match names gateways, so labels and namespace of the client are not looked at; use two match blocks, or remove one of the fields",
            location
        );
        sourceLabels = Labels.Empty;
        sourceNamespace = null;
    }

    public static ImmutableArray<string> Gateways(ImmutableArray<string> names, string ownerNamespace, MeshSettings settings) =>
        [.. names.Select(name => Gateway(name, ownerNamespace, settings)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static string Gateway(string name, string ownerNamespace, MeshSettings settings)
    {
        if (name == MeshGateway || name.Contains('/', StringComparison.Ordinal))
        {
            return name;
        }

        // An old spelling: the full name of the gateway's service.
        var suffix = $".svc.{settings.DnsDomain}";
        var parts = name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length].Split('.') : [];
        return parts.Length == 2 ? $"{parts[1]}/{parts[0]}" : $"{ownerNamespace}/{name}";
    }

    private static ImmutableArray<NamedMatch> Headers(ImmutableSortedDictionary<string, StringMatchSpec> conditions) =>
        [
            .. conditions
                .Select(condition => new NamedMatch(
                    // The names of claims keep their case.
                    ClaimName.Is(condition.Key)
                        ? condition.Key
                        : condition.Key.ToLowerInvariant(),
                    Named(condition.Value)
                ))
                .OrderBy(condition => condition.Name, StringComparer.Ordinal),
        ];

    // The names of query parameters keep their case.
    private static ImmutableArray<NamedMatch> Parameters(ImmutableSortedDictionary<string, StringMatchSpec> conditions) =>
        [.. conditions.Select(condition => new NamedMatch(condition.Key, Named(condition.Value)))];

    // "regex: *" is no regex, but an old way to ask for presence.
    private static StringMatch Named(StringMatchSpec spec) =>
        spec is { Kind: WrittenKind.Regex, Value: "*" } ? new(StringMatchKind.Present, "") : Value(spec)!;

    public static StringMatch? Value(StringMatchSpec? spec) =>
        spec is null
            ? null
            : new(
                spec.Kind switch
                {
                    WrittenKind.Exact => StringMatchKind.Exact,
                    WrittenKind.Prefix => StringMatchKind.Prefix,
                    WrittenKind.Regex => StringMatchKind.Regex,
                    _ => StringMatchKind.Present,
                },
                spec.Value
            );
}
