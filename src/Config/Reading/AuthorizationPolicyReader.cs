using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads an AuthorizationPolicy.</summary>
internal static class AuthorizationPolicyReader
{
    private static readonly EnumTable<AuthorizationAction> Actions = new(
        ("ALLOW", AuthorizationAction.Allow),
        ("DENY", AuthorizationAction.Deny),
        ("AUDIT", AuthorizationAction.Audit),
        ("CUSTOM", AuthorizationAction.Custom)
    );

    // Without a spec it allows nothing, as with an empty one.
    internal static AuthorizationPolicySpec ReadRoot(ObjectReader root) => root.Object("spec", Read) ?? new();

    internal static AuthorizationPolicySpec Refused(AuthorizationPolicySpec spec, bool scopeIsSound) =>
        scopeIsSound
            ? new()
            {
                Selector = spec.Selector,
                TargetRefs = spec.TargetRefs,
                IsRefused = true,
            }
            : new() { IsRefused = true };

    private static AuthorizationPolicySpec Read(ObjectReader reader) =>
        new()
        {
            Selector = SecurityScopeReader.Selector(reader),
            TargetRefs = SecurityScopeReader.TargetRefs(reader),
            Action = reader.Enum("action", Actions) ?? AuthorizationAction.Allow,
            Rules = reader.List("rules", ReadRule),
            Provider = reader.Object("provider", provider => provider.RequiredText("name"), "an object with name"),
        };

    private static AuthorizationRuleSpec ReadRule(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            HasFrom = reader.Has("from"),
            HasTo = reader.Has("to"),
            From = reader.List("from", from => from.Required("source", ReadSource)),
            To = reader.List("to", to => to.Required("operation", ReadOperation)),
            When = reader.List("when", ReadCondition),
        };

    private static AuthorizationSourceSpec ReadSource(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Principals = reader.SomeTexts("principals"),
            NotPrincipals = reader.SomeTexts("notPrincipals"),
            RequestPrincipals = reader.SomeTexts("requestPrincipals"),
            NotRequestPrincipals = reader.SomeTexts("notRequestPrincipals"),
            Namespaces = reader.SomeTexts("namespaces"),
            NotNamespaces = reader.SomeTexts("notNamespaces"),
            ServiceAccounts = reader.SomeTexts("serviceAccounts"),
            NotServiceAccounts = reader.SomeTexts("notServiceAccounts"),
            IpBlocks = reader.SomeTexts("ipBlocks"),
            NotIpBlocks = reader.SomeTexts("notIpBlocks"),
            RemoteIpBlocks = reader.SomeTexts("remoteIpBlocks"),
            NotRemoteIpBlocks = reader.SomeTexts("notRemoteIpBlocks"),
        };

    private static AuthorizationOperationSpec ReadOperation(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Hosts = reader.SomeTexts("hosts"),
            NotHosts = reader.SomeTexts("notHosts"),
            Ports = reader.SomeTexts("ports"),
            NotPorts = reader.SomeTexts("notPorts"),
            Methods = reader.SomeTexts("methods"),
            NotMethods = reader.SomeTexts("notMethods"),
            Paths = reader.SomeTexts("paths"),
            NotPaths = reader.SomeTexts("notPaths"),
        };

    private static AuthorizationConditionSpec ReadCondition(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Key = reader.RequiredText("key"),
            Values = reader.SomeTexts("values"),
            NotValues = reader.SomeTexts("notValues"),
        };
}
