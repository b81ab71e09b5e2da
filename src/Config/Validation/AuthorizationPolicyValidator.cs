using System.Collections.Immutable;
using System.Globalization;
using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks an AuthorizationPolicy: what would never do what its author means is refused.</summary>
internal static class AuthorizationPolicyValidator
{
    internal static void Validate(AuthorizationPolicySpec spec, FieldPath path, ProblemList problems)
    {
        SecurityScopeValidator.Validate(spec.Selector, spec.TargetRefs, path, problems);
        ValidateAction(spec, path, problems);
        for (var i = 0; i < spec.Rules.Length; i++)
        {
            ValidateRule(spec.Rules[i], path.Field("rules").Index(i), problems);
        }
    }

    private static void ValidateAction(AuthorizationPolicySpec spec, FieldPath path, ProblemList problems)
    {
        // An ALLOW without rules is the usual way to deny everything.
        if (spec.Rules.IsEmpty && spec.Action != AuthorizationAction.Allow)
        {
            problems.Add(
                DiagnosticCodes.EmptyPolicy,
                path.Field("rules"),
                $"is missing, so that {Name(spec.Action)} takes nothing; give rules, one of which may be {{}} for all traffic"
            );
        }
        if (spec.Action == AuthorizationAction.Custom && string.IsNullOrEmpty(spec.Provider))
        {
            problems.Add(
                DiagnosticCodes.MissingField,
                path.Field("provider").Field("name"),
                "is missing; CUSTOM asks an extension provider of the mesh configuration, so name one"
            );
        }
        if (spec.Action != AuthorizationAction.Custom && spec.Provider is not null)
        {
            problems.Add(
                DiagnosticCodes.ConflictingFields,
                path.Field("provider"),
                $"cannot be given with {Name(spec.Action)}; only CUSTOM asks a provider"
            );
        }
    }

    private static string Name(AuthorizationAction action) => action.ToString().ToUpperInvariant();

    private static void ValidateRule(AuthorizationRuleSpec rule, FieldPath path, ProblemList problems)
    {
        if (rule is { HasFrom: true, From.IsEmpty: true })
        {
            problems.Add(DiagnosticCodes.EmptyValue, path.Field("from"), "has no source; give one, or remove from to take every client");
        }
        if (rule is { HasTo: true, To.IsEmpty: true })
        {
            problems.Add(DiagnosticCodes.EmptyValue, path.Field("to"), "has no operation; give one, or remove to to take every request");
        }
        for (var i = 0; i < rule.From.Length; i++)
        {
            ValidateSource(rule.From[i], path.Field("from").Index(i).Field("source"), problems);
        }
        for (var i = 0; i < rule.To.Length; i++)
        {
            ValidateOperation(rule.To[i], path.Field("to").Index(i).Field("operation"), problems);
        }
        for (var i = 0; i < rule.When.Length; i++)
        {
            AuthorizationConditionValidator.Validate(rule.When[i], path.Field("when").Index(i), problems);
        }
    }

    private static void ValidateSource(AuthorizationSourceSpec source, FieldPath path, ProblemList problems)
    {
        var lists = new (string Name, ImmutableArray<string> Values)[]
        {
            ("principals", source.Principals),
            ("notPrincipals", source.NotPrincipals),
            ("requestPrincipals", source.RequestPrincipals),
            ("notRequestPrincipals", source.NotRequestPrincipals),
            ("namespaces", source.Namespaces),
            ("notNamespaces", source.NotNamespaces),
            ("serviceAccounts", source.ServiceAccounts),
            ("notServiceAccounts", source.NotServiceAccounts),
            ("ipBlocks", source.IpBlocks),
            ("notIpBlocks", source.NotIpBlocks),
            ("remoteIpBlocks", source.RemoteIpBlocks),
            ("notRemoteIpBlocks", source.NotRemoteIpBlocks),
        };
        ValidateLists(lists, path, "a source", problems);
        foreach (var (name, values) in lists.Where(list => list.Name.EndsWith("pBlocks", StringComparison.Ordinal)))
        {
            SharedChecks.Subnets(values, path.Field(name), problems);
        }
        ValidateAccounts(source.ServiceAccounts, path.Field("serviceAccounts"), problems);
        ValidateAccounts(source.NotServiceAccounts, path.Field("notServiceAccounts"), problems);
        var identities = new[] { source.Principals, source.NotPrincipals, source.Namespaces, source.NotNamespaces };
        if (!(source.ServiceAccounts.IsEmpty && source.NotServiceAccounts.IsEmpty) && identities.Any(list => !list.IsEmpty))
        {
            problems.Add(
                DiagnosticCodes.ConflictingFields,
                path.Field(source.ServiceAccounts.IsEmpty ? "notServiceAccounts" : "serviceAccounts"),
                "cannot be given together with principals or namespaces, which say the same; keep one"
            );
        }
    }

    private static void ValidateAccounts(ImmutableArray<string> accounts, FieldPath path, ProblemList problems)
    {
        for (var i = 0; i < accounts.Length; i++)
        {
            if (accounts[i].Length > 0 && !IsAccount(accounts[i]))
            {
                problems.Add(
                    DiagnosticCodes.InvalidName,
                    path.Index(i),
                    $"is \"{accounts[i]}\", must be an account, or namespace/account, without wildcards"
                );
            }
        }
    }

    internal static bool IsAccount(string text)
    {
        var parts = text.Split('/');
        return parts.Length <= 2 && Syntax.IsObjectName(parts[^1]) && (parts.Length == 1 || Syntax.IsNamespace(parts[0]));
    }

    private static void ValidateOperation(AuthorizationOperationSpec operation, FieldPath path, ProblemList problems)
    {
        ValidateLists(
            [
                ("hosts", operation.Hosts),
                ("notHosts", operation.NotHosts),
                ("ports", operation.Ports),
                ("notPorts", operation.NotPorts),
                ("methods", operation.Methods),
                ("notMethods", operation.NotMethods),
                ("paths", operation.Paths),
                ("notPaths", operation.NotPaths),
            ],
            path,
            "an operation",
            problems
        );
        ValidatePorts(operation.Ports, path.Field("ports"), problems);
        ValidatePorts(operation.NotPorts, path.Field("notPorts"), problems);
        ValidatePaths(operation.Paths, path.Field("paths"), problems);
        ValidatePaths(operation.NotPaths, path.Field("notPaths"), problems);
    }

    internal static void ValidatePorts(ImmutableArray<string> ports, FieldPath path, ProblemList problems)
    {
        for (var i = 0; i < ports.Length; i++)
        {
            if (
                ports[i].Length > 0
                && !(int.TryParse(ports[i], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535)
            )
            {
                problems.Add(
                    DiagnosticCodes.InvalidPort,
                    path.Index(i),
                    $"is \"{ports[i]}\", must be a number between 1 and 65535, without *"
                );
            }
        }
    }

    private static void ValidatePaths(ImmutableArray<string> paths, FieldPath path, ProblemList problems)
    {
        for (var i = 0; i < paths.Length; i++)
        {
            if (paths[i].AsSpan().IndexOfAny('{', '}') >= 0 && PathTemplateSyntax.Problem(paths[i]) is { } problem)
            {
                problems.Add(
                    DiagnosticCodes.InvalidPathTemplate,
                    path.Index(i),
                    $"is \"{paths[i]}\", which is no path template: {problem}"
                );
            }
        }
    }

    private static void ValidateLists(
        IReadOnlyList<(string Name, ImmutableArray<string> Values)> lists,
        FieldPath path,
        string what,
        ProblemList problems
    )
    {
        if (lists.All(list => list.Values.IsEmpty))
        {
            problems.Add(
                DiagnosticCodes.EmptyValue,
                path,
                $"says nothing; {what} needs at least one of {string.Join(", ", lists.Select(list => list.Name))}"
            );
        }
        foreach (var (name, values) in lists)
        {
            ValidateTexts(values, path.Field(name), problems);
        }
    }

    internal static void ValidateTexts(ImmutableArray<string> values, FieldPath path, ProblemList problems)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i].Length == 0)
            {
                problems.Add(DiagnosticCodes.EmptyValue, path.Index(i), "is empty; write a value, * for any, or remove it");
            }
        }
    }
}
