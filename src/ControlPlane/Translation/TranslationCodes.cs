using System.Collections.Immutable;
using Mesh.Config;

namespace Mesh.ControlPlane.Translation;

/// <summary>The problems that translation finds, most of them between objects; their names are stable.</summary>
internal static class TranslationCodes
{
    public static readonly DiagnosticCode NotInForceYet = Warning(
        "NotInForceYet",
        "A field is understood, but does not do yet what it says."
    );

    public static readonly DiagnosticCode UnknownDestinationHost = Warning(
        "UnknownDestinationHost",
        "A destination names a host that no service has; its share of the traffic fails."
    );

    public static readonly DiagnosticCode UnknownDestinationSubset = Warning(
        "UnknownDestinationSubset",
        "A destination names a subset that no DestinationRule of the host defines; its share of the traffic fails."
    );

    public static readonly DiagnosticCode UnknownDestinationPort = Warning(
        "UnknownDestinationPort",
        "A destination names a port that the service does not have; its share of the traffic fails."
    );

    public static readonly DiagnosticCode DestinationNotVisible = Warning(
        "DestinationNotVisible",
        "A destination is not exported to the namespace of the VirtualService."
    );

    public static readonly DiagnosticCode DuplicateHost = Warning(
        "DuplicateHost",
        "Two VirtualServices govern one host; the older is in force."
    );

    public static readonly DiagnosticCode DuplicateService = Warning(
        "DuplicateService",
        "Two objects declare one host; clients outside their namespaces get one of them."
    );

    public static readonly DiagnosticCode ShadowedRule = LocalWarning(
        "ShadowedRule",
        "A rule gets no traffic because an earlier rule takes all of it."
    );

    public static readonly DiagnosticCode ShadowedMatch = LocalWarning(
        "ShadowedMatch",
        "A match block gets no traffic because earlier rules take all of it."
    );

    public static readonly DiagnosticCode DuplicateMatch = LocalWarning(
        "DuplicateMatch",
        "A match block takes nothing that another block of its rule does not take."
    );

    public static readonly DiagnosticCode MatchNeverHolds = LocalWarning(
        "MatchNeverHolds",
        "A match block names only gateways that its VirtualService is not bound to; it takes nothing."
    );

    public static readonly DiagnosticCode UnknownGateway = Warning(
        "UnknownGateway",
        "A VirtualService is bound to a Gateway that does not exist."
    );

    public static readonly DiagnosticCode DestinationPortMissing = Warning(
        "DestinationPortMissing",
        "A destination names no port, and its service does not have all the ports that the rule serves; requests to the others fail."
    );

    public static readonly DiagnosticCode SubsetNotVisible = Warning(
        "SubsetNotVisible",
        "A destination names a subset of a DestinationRule that does not count for clients of its namespace; their share of the traffic fails."
    );

    public static readonly DiagnosticCode PortPolicyDropsSettings = LocalWarning(
        "PortPolicyDropsSettings",
        "A port has a policy of its own, which inherits nothing, so that other settings of the rule do not hold at this port."
    );

    public static readonly DiagnosticCode UnknownPolicyPort = Warning(
        "UnknownPolicyPort",
        "A DestinationRule has settings for a port that no service of its host has; they have no effect."
    );

    public static readonly DiagnosticCode ConflictingPorts = Warning(
        "ConflictingPorts",
        "Two services send different ports or protocols to one port of the same workloads."
    );

    public static readonly DiagnosticCode MatchFieldIgnored = LocalWarning(
        "MatchFieldIgnored",
        "A match block names gateways, so its client selectors have no effect."
    );

    public static readonly DiagnosticCode UnknownRuleHost = Warning(
        "UnknownRuleHost",
        "A DestinationRule is for a host that no service has."
    );

    public static readonly DiagnosticCode DuplicatePolicy = Warning(
        "DuplicatePolicy",
        "Two DestinationRules of one namespace set a policy for one host; the older is in force."
    );

    public static readonly DiagnosticCode DuplicateSubset = Warning(
        "DuplicateSubset",
        "Two DestinationRules of one namespace define one subset; the older is in force."
    );

    public static readonly DiagnosticCode SubsetSelectsNothing = Warning(
        "SubsetSelectsNothing",
        "The labels of a subset select no endpoint of its host."
    );

    public static readonly DiagnosticCode EjectsNobody = Warning(
        "EjectsNobody",
        "Outlier detection may eject a smaller share of the endpoints than one of them is."
    );

    public static readonly DiagnosticCode DuplicateScope = Warning(
        "DuplicateScope",
        "Two Sidecars or PeerAuthentications select the same workloads; the older is in force."
    );

    public static readonly DiagnosticCode ProtocolNotDeclared = Info(
        "ProtocolNotDeclared",
        "Neither appProtocol nor the port's name says what is spoken there; the proxy has to look at the first bytes."
    );

    public static readonly DiagnosticCode TargetPortUnknown = Warning(
        "TargetPortUnknown",
        "A service port targets a container port by a name that its pod does not have."
    );

    public static readonly DiagnosticCode AddressNotIp = Warning(
        "AddressNotIp",
        "An endpoint of a STATIC service has a name for an address; it gets no traffic."
    );

    public static readonly DiagnosticCode UnknownDelegate = Warning(
        "UnknownDelegate",
        "A rule delegates to a VirtualService that does not exist; its requests are answered 500."
    );

    public static readonly DiagnosticCode DelegateHasHosts = Warning(
        "DelegateHasHosts",
        "A rule delegates to a VirtualService that has hosts of its own; its requests are answered 500."
    );

    public static readonly DiagnosticCode DelegateNotVisible = Warning(
        "DelegateNotVisible",
        "A rule delegates to a VirtualService that is not exported to its namespace; its requests are answered 500."
    );

    public static readonly DiagnosticCode DelegateRuleDropped = Warning(
        "DelegateRuleDropped",
        "A delegate's rule does not fit into the match of the rule that delegates to it; it has no effect there."
    );

    public static readonly DiagnosticCode UnusedDelegate = Warning(
        "UnusedDelegate",
        "A VirtualService without hosts is a delegate, and nobody delegates to it."
    );

    public static readonly DiagnosticCode UnknownProvider = Warning(
        "UnknownProvider",
        "An AuthorizationPolicy asks a provider that the mesh configuration does not have; what its rules take is refused."
    );

    public static readonly DiagnosticCode UnknownProviderService = Warning(
        "UnknownProviderService",
        "A provider of the mesh configuration is a service that does not exist; it cannot be asked."
    );

    public static readonly DiagnosticCode UnknownPolicyTarget = Warning(
        "UnknownPolicyTarget",
        "A security object is attached to an object that does not exist, or that has no workloads."
    );

    public static readonly DiagnosticCode KeysNotFetched = Warning(
        "KeysNotFetched",
        "The keys of an issuer could not be fetched when that was last tried."
    );

    public static readonly DiagnosticCode HttpFieldOnTcpPort = Warning(
        "HttpFieldOnTcpPort",
        "An AuthorizationPolicy asks connections that are not HTTP about requests."
    );

    public static readonly DiagnosticCode ProviderNotForConnections = Warning(
        "ProviderNotForConnections",
        "An AuthorizationPolicy has a provider decide about connections that are not HTTP, and that provider can only be asked about requests."
    );

    public static readonly DiagnosticCode DryRunOfCustom = LocalWarning(
        "DryRunOfCustom",
        "An AuthorizationPolicy with CUSTOM is a dry run, which there is none of: it does nothing at all."
    );

    /// <summary>All of them, for the reference table.</summary>
    public static ImmutableArray<DiagnosticCode> All { get; } =
    [
        NotInForceYet,
        UnknownDestinationHost,
        UnknownDestinationSubset,
        UnknownDestinationPort,
        DestinationNotVisible,
        DuplicateHost,
        DuplicateService,
        ShadowedRule,
        ShadowedMatch,
        UnknownDelegate,
        DelegateHasHosts,
        DelegateNotVisible,
        DelegateRuleDropped,
        UnusedDelegate,
        DuplicateMatch,
        MatchNeverHolds,
        UnknownGateway,
        DestinationPortMissing,
        SubsetNotVisible,
        PortPolicyDropsSettings,
        UnknownPolicyPort,
        ConflictingPorts,
        MatchFieldIgnored,
        UnknownRuleHost,
        DuplicatePolicy,
        DuplicateSubset,
        SubsetSelectsNothing,
        EjectsNobody,
        DuplicateScope,
        ProtocolNotDeclared,
        TargetPortUnknown,
        AddressNotIp,
        UnknownPolicyTarget,
        KeysNotFetched,
        UnknownProvider,
        UnknownProviderService,
        HttpFieldOnTcpPort,
        ProviderNotForConnections,
        DryRunOfCustom,
    ];

    private static DiagnosticCode Warning(string id, string meaning) => new(id, DiagnosticSeverity.Warning, ObjectLocal: false, meaning);

    // Found while translating, though the object alone shows it.
    private static DiagnosticCode LocalWarning(string id, string meaning) =>
        new(id, DiagnosticSeverity.Warning, ObjectLocal: true, meaning);

    private static DiagnosticCode Info(string id, string meaning) => new(id, DiagnosticSeverity.Info, ObjectLocal: false, meaning);
}
