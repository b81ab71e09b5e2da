using System.Collections.Immutable;
using System.Globalization;
using Mesh.ControlPlane.Model;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>Rules of policies as the API writes them: for each, who (principals) and what (permissions).</summary>
internal static class AccessRuleGenerator
{
    /// <summary>Before the names of policies that want a provider asked (Istio's).</summary>
    public const string CustomPrefix = "istio-ext-authz";

    /// <param name="http">For requests; otherwise for connections, of which less can be asked.</param>
    public static Pb.RBAC Rules(
        IEnumerable<AccessPolicy> policies,
        Pb.RBAC.Types.Action action,
        bool http,
        ImmutableArray<string> trustDomains
    )
    {
        var rules = new Pb.RBAC { Action = action };
        foreach (var policy in policies)
        {
            for (var i = 0; i < policy.Rules.Length; i++)
            {
                if (Policy(policy.Rules[i], action, http, trustDomains) is { } made)
                {
                    rules.Policies.Add(Name(policy, i.ToString(CultureInfo.InvariantCulture)), made);
                }
            }

            if (policy.IsRefused)
            {
                rules.Policies.Add(Name(policy, "refused"), new Pb.Policy { Permissions = { Anything() }, Principals = { Anybody() } });
            }
            else if (policy.Rules.IsEmpty)
            {
                rules.Policies.Add(Name(policy, "0"), Never());
            }
        }

        return rules;
    }

    private static string Name(AccessPolicy policy, string rule) =>
        (policy.Action == AccessAction.Custom ? CustomPrefix + "-" : "") + $"ns[{policy.Namespace}]-policy[{policy.Name}]-rule[{rule}]";

    // Null where a rule that allows asks what connections do not have: it takes none.
    private static Pb.Policy? Policy(AccessRule rule, Pb.RBAC.Types.Action action, bool http, ImmutableArray<string> trustDomains)
    {
        if (
            !http
            && action == Pb.RBAC.Types.Action.Allow
            && rule.Sources.Concat(rule.Operations).SelectMany(terms => terms).Concat(rule.Conditions).Any(term => term.IsHttpOnly)
        )
        {
            return null;
        }

        var conditions = rule.Conditions.ToLookup(term => IsOfOperation(term.Attribute));
        var policy = new Pb.Policy();
        foreach (
            var operation in rule.Operations.IsEmpty
                ?
                [
                    [],
                ]
                : rule.Operations
        )
        {
            policy.Permissions.Add(Permission([.. operation.Concat(conditions[true]).Where(Askable)]));
        }

        foreach (
            var source in rule.Sources.IsEmpty
                ?
                [
                    [],
                ]
                : rule.Sources
        )
        {
            policy.Principals.Add(Principal([.. source.Concat(conditions[false]).Where(Askable).Select(Spelled)]));
        }

        return policy;

        bool Askable(AccessTerm term) => http || !term.IsHttpOnly;

        AccessTerm Spelled(AccessTerm term) =>
            term.Attribute == AccessAttribute.Principal
                ? term with
                {
                    Values = PrincipalAliases.Expand(term.Values, trustDomains),
                    NotValues = PrincipalAliases.Expand(term.NotValues, trustDomains),
                }
                : term;
    }

    private static bool IsOfOperation(AccessAttribute attribute) =>
        attribute
            is AccessAttribute.Host
                or AccessAttribute.Port
                or AccessAttribute.Method
                or AccessAttribute.Path
                or AccessAttribute.DestinationIp
                or AccessAttribute.ServerName
                or AccessAttribute.FilterMetadata;

    private static Pb.Permission Permission(ImmutableArray<AccessTerm> terms)
    {
        var all = new List<Pb.Permission>();
        foreach (var term in terms)
        {
            if (!term.Values.IsEmpty)
            {
                all.Add(Any(term.Values));
            }

            if (!term.NotValues.IsEmpty)
            {
                all.Add(new() { NotRule = Any(term.NotValues) });
            }

            Pb.Permission Any(ImmutableArray<string> values) =>
                values.Length == 1
                    ? Permission(term, values[0])
                    : new() { OrRules = new() { Rules = { values.Select(value => Permission(term, value)) } } };
        }

        return all switch
        {
            [] => Anything(),
            [var only] => only,
            _ => new() { AndRules = new() { Rules = { all } } },
        };
    }

    private static Pb.Permission Permission(AccessTerm term, string value) =>
        term.Attribute switch
        {
            AccessAttribute.Host => new() { Header = AccessMatchGenerator.Header(":authority", value, ignoreCase: true) },
            AccessAttribute.Port => new() { DestinationPort = uint.Parse(value, CultureInfo.InvariantCulture) },
            AccessAttribute.Method => new() { Header = AccessMatchGenerator.Header(":method", value) },
            AccessAttribute.Path when AccessMatchGenerator.IsTemplate(value) => new()
            {
                UriTemplate = AccessMatchGenerator.Template(value),
            },
            AccessAttribute.Path => new() { UrlPath = AccessMatchGenerator.Path(value) },
            AccessAttribute.DestinationIp => new() { DestinationIp = AccessMatchGenerator.Range(value) },
            AccessAttribute.ServerName => new() { RequestedServerName = AccessMatchGenerator.Text(value) },
            _ => new() { Metadata = AccessMatchGenerator.FilterMetadata(term, value) },
        };

    private static Pb.Principal Principal(ImmutableArray<AccessTerm> terms)
    {
        var all = new List<Pb.Principal>();
        foreach (var term in terms)
        {
            if (!term.Values.IsEmpty)
            {
                all.Add(Any(term.Values));
            }

            if (!term.NotValues.IsEmpty)
            {
                all.Add(new() { NotId = Any(term.NotValues) });
            }

            Pb.Principal Any(ImmutableArray<string> values) =>
                values.Length == 1
                    ? Principal(term, values[0])
                    : new() { OrIds = new() { Ids = { values.Select(value => Principal(term, value)) } } };
        }

        return all switch
        {
            [] => Anybody(),
            [var only] => only,
            _ => new() { AndIds = new() { Ids = { all } } },
        };
    }

    private static Pb.Principal Principal(AccessTerm term, string value) =>
        term.Attribute switch
        {
            AccessAttribute.Principal or AccessAttribute.Namespace or AccessAttribute.ServiceAccount => new()
            {
                Authenticated = new() { PrincipalName = AccessMatchGenerator.Identity(term, value) },
            },
            AccessAttribute.SourceIp => new() { DirectRemoteIp = AccessMatchGenerator.Range(value) },
            AccessAttribute.RemoteIp => new() { RemoteIp = AccessMatchGenerator.Range(value) },
            AccessAttribute.Header => new() { Header = AccessMatchGenerator.Header(term.Names[0], value) },
            _ => new() { Metadata = AccessMatchGenerator.Token(term, value) },
        };

    private static Pb.Permission Anything() => new() { Any = true };

    private static Pb.Principal Anybody() => new() { Any = true };

    private static Pb.Policy Never() =>
        new() { Permissions = { new Pb.Permission { NotRule = Anything() } }, Principals = { new Pb.Principal { NotId = Anybody() } } };
}
