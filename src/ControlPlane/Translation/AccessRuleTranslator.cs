using System.Collections.Immutable;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>One rule of an AuthorizationPolicy as terms: sources, operations and conditions ask in one way.</summary>
internal static class AccessRuleTranslator
{
    public static AccessRule Translate(AuthorizationRuleSpec rule, string policyNamespace) =>
        new(
            [.. rule.From.Select(source => Source(source, policyNamespace))],
            [.. rule.To.Select(Operation)],
            [.. rule.When.Select(condition => Condition(condition, policyNamespace))]
        );

    private static ImmutableArray<AccessTerm> Source(AuthorizationSourceSpec source, string policyNamespace) =>
        Written(
            new(AccessAttribute.Principal, source.Principals, source.NotPrincipals),
            new(AccessAttribute.RequestPrincipal, source.RequestPrincipals, source.NotRequestPrincipals),
            new(AccessAttribute.Namespace, source.Namespaces, source.NotNamespaces),
            new(
                AccessAttribute.ServiceAccount,
                Accounts(source.ServiceAccounts, policyNamespace),
                Accounts(source.NotServiceAccounts, policyNamespace)
            ),
            new(AccessAttribute.SourceIp, source.IpBlocks, source.NotIpBlocks),
            new(AccessAttribute.RemoteIp, source.RemoteIpBlocks, source.NotRemoteIpBlocks)
        );

    private static ImmutableArray<AccessTerm> Operation(AuthorizationOperationSpec operation) =>
        Written(
            new(AccessAttribute.Host, operation.Hosts, operation.NotHosts),
            new(AccessAttribute.Port, operation.Ports, operation.NotPorts),
            new(AccessAttribute.Method, operation.Methods, operation.NotMethods),
            new(AccessAttribute.Path, operation.Paths, operation.NotPaths)
        );

    private static ImmutableArray<AccessTerm> Written(params ReadOnlySpan<AccessTerm> terms)
    {
        var written = ImmutableArray.CreateBuilder<AccessTerm>();
        foreach (var term in terms)
        {
            if (!term.Values.IsEmpty || !term.NotValues.IsEmpty)
            {
                written.Add(term);
            }
        }

        return written.ToImmutable();
    }

    private static AccessTerm Condition(AuthorizationConditionSpec condition, string policyNamespace)
    {
        var key = condition.Key;
        AccessTerm Of(AccessAttribute attribute) => new(attribute, condition.Values, condition.NotValues);
        if (AuthorizationAttributes.Brackets(key, AuthorizationAttributes.RequestHeaders) is { } header)
        {
            return Of(AccessAttribute.Header) with { Names = [.. header] };
        }

        if (AuthorizationAttributes.Brackets(key, AuthorizationAttributes.RequestClaims) is { } claim)
        {
            return Of(AccessAttribute.Claim) with { Names = [.. claim] };
        }

        if (key.StartsWith(AuthorizationAttributes.ExperimentalPrefix, StringComparison.Ordinal))
        {
            // experimental.envoy.filters.network.mysql_proxy[db.table]: the filter's name begins behind the first word.
            var bracket = key.IndexOf('[', StringComparison.Ordinal);
            return Of(AccessAttribute.FilterMetadata) with { Names = [key["experimental.".Length..bracket], key[(bracket + 1)..^1]] };
        }

        return key switch
        {
            AuthorizationAttributes.SourceIp => Of(AccessAttribute.SourceIp),
            AuthorizationAttributes.RemoteIp => Of(AccessAttribute.RemoteIp),
            AuthorizationAttributes.SourceNamespace => Of(AccessAttribute.Namespace),
            AuthorizationAttributes.SourcePrincipal => Of(AccessAttribute.Principal),
            AuthorizationAttributes.SourceServiceAccount => new(
                AccessAttribute.ServiceAccount,
                Accounts(condition.Values, policyNamespace),
                Accounts(condition.NotValues, policyNamespace)
            ),
            AuthorizationAttributes.RequestPrincipal => Of(AccessAttribute.RequestPrincipal),
            AuthorizationAttributes.RequestAudiences => Of(AccessAttribute.Audience),
            AuthorizationAttributes.RequestPresenter => Of(AccessAttribute.Presenter),
            AuthorizationAttributes.DestinationIp => Of(AccessAttribute.DestinationIp),
            AuthorizationAttributes.DestinationPort => Of(AccessAttribute.Port),
            AuthorizationAttributes.ConnectionSni => Of(AccessAttribute.ServerName),
            _ => throw new InvalidOperationException($"The attribute {key} passed validation and has no meaning."),
        };
    }

    private static ImmutableArray<string> Accounts(ImmutableArray<string> accounts, string policyNamespace) =>
        [.. accounts.Select(account => account.Contains('/', StringComparison.Ordinal) ? account : $"{policyNamespace}/{account}")];
}
