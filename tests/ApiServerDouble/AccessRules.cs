using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Mesh.ApiServerDouble;

/// <summary>What RBAC lets one service account do: the rules of the roles that are bound to it, as the API server's authorizer reads them.</summary>
public sealed class AccessRules
{
    private readonly ImmutableArray<(string? Namespace, JsonObject Rule)> _rules;

    private AccessRules(ImmutableArray<(string? Namespace, JsonObject Rule)> rules) => _rules = rules;

    /// <param name="yaml">Roles and bindings.</param>
    /// <param name="account">Whose.</param>
    /// <param name="ns">Where the account is, and every object that names no namespace.</param>
    public static AccessRules Read(string yaml, string account, string ns)
    {
        var objects = YamlObjects.Read(yaml).ToList();
        var rules = ImmutableArray.CreateBuilder<(string? Namespace, JsonObject Rule)>();
        foreach (var binding in objects.Where(value => (string?)value["kind"] is "ClusterRoleBinding" or "RoleBinding"))
        {
            if (!((JsonArray)binding["subjects"]!).Any(subject => Names(subject!, account, ns)))
            {
                continue;
            }

            var scope = (string?)binding["kind"] == "RoleBinding" ? NamespaceOf(binding, ns) : null;
            var (kind, name) = ((string?)binding["roleRef"]!["kind"], (string?)binding["roleRef"]!["name"]);
            var role = objects.Single(value =>
                (string?)value["kind"] == kind
                && (string?)value["metadata"]!["name"] == name
                && (kind == "ClusterRole" || NamespaceOf(value, ns) == scope)
            );
            rules.AddRange(((JsonArray)role["rules"]!).Select(rule => (scope, (JsonObject)rule!)));
        }

        return rules.Count > 0 ? new(rules.ToImmutable()) : throw new ArgumentException($"nothing is bound to {account}", nameof(account));
    }

    public bool Allows(AccessAttempt attempt) =>
        _rules.Any(rule =>
            (rule.Namespace is null || rule.Namespace == attempt.Namespace)
            && Lists(rule.Rule, "verbs", attempt.Verb)
            && Lists(rule.Rule, "apiGroups", attempt.Group)
            && (Lists(rule.Rule, "resources", attempt.Resource) || Lists(rule.Rule, "resources", "*/" + attempt.Resource.Split('/')[^1]))
            && (rule.Rule["resourceNames"] is not JsonArray { Count: > 0 } names || names.Any(name => (string?)name == attempt.Name))
        );

    /// <summary>Every right, for who wants to know which one is never used.</summary>
    public IEnumerable<AccessAttempt> Rights() =>
        from rule in _rules
        from verb in Texts(rule.Rule, "verbs")
        from grp in Texts(rule.Rule, "apiGroups")
        from resource in Texts(rule.Rule, "resources")
        from name in Texts(rule.Rule, "resourceNames").DefaultIfEmpty()
        select new AccessAttempt(verb, grp, resource, rule.Namespace, name);

    private static IEnumerable<string> Texts(JsonObject rule, string field) =>
        (rule[field] as JsonArray ?? []).Select(value => (string)value!);

    private static bool Lists(JsonObject rule, string field, string value) => Texts(rule, field).Any(one => one == "*" || one == value);

    private static bool Names(JsonNode subject, string account, string ns) =>
        (string?)subject["kind"] == "ServiceAccount" && (string?)subject["name"] == account && (string?)subject["namespace"] == ns;

    private static string NamespaceOf(JsonObject value, string ns) => (string?)value["metadata"]!["namespace"] ?? ns;
}
