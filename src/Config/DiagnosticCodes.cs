using System.Collections.Immutable;

namespace Mesh.Config;

/// <summary>Every problem that parsing and validation of one object can report.</summary>
public static class DiagnosticCodes
{
    private static readonly ImmutableArray<DiagnosticCode>.Builder Table = ImmutableArray.CreateBuilder<DiagnosticCode>();

    // Files and documents
    internal static readonly DiagnosticCode UnreadableFile = Error("UnreadableFile", "The file is not UTF-8 text or too large.");
    internal static readonly DiagnosticCode MalformedYaml = Error("MalformedYaml", "A document is not YAML.");
    internal static readonly DiagnosticCode MalformedJson = Error("MalformedJson", "A document is not JSON.");
    internal static readonly DiagnosticCode TooDeep = Error("TooDeep", "A document nests deeper than any kind needs.");
    internal static readonly DiagnosticCode TooManyAliases = Error("TooManyAliases", "A document repeats too much through aliases.");
    internal static readonly DiagnosticCode DuplicateKey = Error("DuplicateKey", "A key is written twice in one object.");
    internal static readonly DiagnosticCode NotAnObject = Error(
        "NotAnObject",
        "A document is no Kubernetes object with apiVersion, kind and name."
    );

    // Kinds
    internal static readonly DiagnosticCode UnknownKind = Error("UnknownKind", "The kind does not exist in its API group.");
    internal static readonly DiagnosticCode UnknownVersion = Error("UnknownVersion", "The apiVersion is not one of those of the kind.");
    internal static readonly DiagnosticCode UnsupportedKind = Warning(
        "UnsupportedKind",
        "A known kind that this mesh does not act on yet."
    );
    internal static readonly DiagnosticCode IgnoredKind = Info("IgnoredKind", "A kind that a mesh has no use for.");

    // Fields
    internal static readonly DiagnosticCode UnknownField = Error("UnknownField", "A field does not exist.");
    internal static readonly DiagnosticCode ProbableMisspelling = Warning(
        "ProbableMisspelling",
        "A field of a platform object has no meaning, and its name is almost that of one that has."
    );
    internal static readonly DiagnosticCode MisplacedField = Error("MisplacedField", "A field exists, but elsewhere.");
    internal static readonly DiagnosticCode MissingField = Error("MissingField", "A field that must be given is missing.");
    internal static readonly DiagnosticCode EmptyValue = Error("EmptyValue", "A field is written without a value.");
    internal static readonly DiagnosticCode WrongType = Error("WrongType", "A value is of another type than its field.");
    internal static readonly DiagnosticCode ConflictingFields = Error(
        "ConflictingFields",
        "Fields are given together that exclude each other."
    );
    internal static readonly DiagnosticCode SnakeCaseField = Warning("SnakeCaseField", "A field is written in snake_case.");
    internal static readonly DiagnosticCode OldField = Warning("OldField", "A field is an old spelling.");
    internal static readonly DiagnosticCode OldValue = Warning("OldValue", "A value is an old spelling.");

    internal static readonly DiagnosticCode UnknownExtension = Warning(
        "UnknownExtension",
        "An annotation asks for an extension that this mesh does not have."
    );

    // Values
    internal static readonly DiagnosticCode UnknownValue = Error("UnknownValue", "A value is not one of those allowed.");
    internal static readonly DiagnosticCode NumberOutOfRange = Error("NumberOutOfRange", "A number is out of its range.");
    internal static readonly DiagnosticCode InvalidPort = Error("InvalidPort", "A port is not between 1 and 65535.");
    internal static readonly DiagnosticCode InvalidDuration = Error(
        "InvalidDuration",
        "A duration is malformed, too short or not in whole milliseconds."
    );
    internal static readonly DiagnosticCode InvalidPercentage = Error("InvalidPercentage", "A percentage is not between 0 and 100.");
    internal static readonly DiagnosticCode InvalidName = Error("InvalidName", "A name has a form that Kubernetes does not allow.");
    internal static readonly DiagnosticCode InvalidLabel = Error("InvalidLabel", "A label has a form that Kubernetes does not allow.");
    internal static readonly DiagnosticCode InvalidHost = Error(
        "InvalidHost",
        "A host is no DNS name, wildcard or address where it must be one."
    );
    internal static readonly DiagnosticCode InvalidAddress = Error(
        "InvalidAddress",
        "An address is no IP address, CIDR block or socket path where it must be one."
    );
    internal static readonly DiagnosticCode InvalidRegex = Error(
        "InvalidRegex",
        "An expression is not RE2, too long or too large, or its substitution does not fit."
    );
    internal static readonly DiagnosticCode InvalidHeader = Error(
        "InvalidHeader",
        "A header's name or value is not allowed in HTTP or here."
    );
    internal static readonly DiagnosticCode InvalidFormat = Error(
        "InvalidFormat",
        "A header's value has a per cent sign that begins no known operator; %% stands for the sign itself."
    );
    internal static readonly DiagnosticCode InvalidStatus = Error("InvalidStatus", "A status code is not one that can be given here.");
    internal static readonly DiagnosticCode Duplicate = Error("Duplicate", "Something that must be unique is given twice.");

    // Virtual services
    internal static readonly DiagnosticCode WildcardHostInMesh = Error(
        "WildcardHostInMesh",
        "The host * is bound to the sidecars of the mesh."
    );
    internal static readonly DiagnosticCode OverlappingHosts = Error("OverlappingHosts", "A host covers another one of the same object.");
    internal static readonly DiagnosticCode DelegateConflict = Error("DelegateConflict", "Delegation is used with what excludes it.");
    internal static readonly DiagnosticCode NoAction = Error("NoAction", "A rule says nothing about what to do.");
    internal static readonly DiagnosticCode ConflictingActions = Error("ConflictingActions", "A rule has actions that exclude each other.");
    internal static readonly DiagnosticCode WeightSumZero = Error("WeightSumZero", "The weights of several destinations add up to 0.");
    internal static readonly DiagnosticCode AuthoritySetTwice = Error("AuthoritySetTwice", "The authority is set in more than one place.");
    internal static readonly DiagnosticCode BodyTooLarge = Error("BodyTooLarge", "A direct response's body is larger than 1 MB.");
    internal static readonly DiagnosticCode LargeBody = Warning("LargeBody", "A direct response's body is larger than 100 kB.");
    internal static readonly DiagnosticCode SniNotCovered = Error("SniNotCovered", "A server name is not covered by the object's hosts.");

    // Destination rules
    internal static readonly DiagnosticCode EmptyPolicy = Error("EmptyPolicy", "A policy sets nothing.");
    internal static readonly DiagnosticCode InvalidHash = Error("InvalidHash", "Consistent hashing has no usable key or table.");
    internal static readonly DiagnosticCode InvalidLocality = Error(
        "InvalidLocality",
        "Locality settings contradict each other or do not add up."
    );
    internal static readonly DiagnosticCode IneffectiveSetting = Warning(
        "IneffectiveSetting",
        "A setting has no effect together with the others."
    );
    internal static readonly DiagnosticCode InvalidTls = Error("InvalidTls", "TLS settings do not fit their mode.");
    internal static readonly DiagnosticCode UnverifiedServer = Warning(
        "UnverifiedServer",
        "TLS is used without checking who the server is."
    );

    // Request authentication
    internal static readonly DiagnosticCode InvalidKeys = Error(
        "InvalidKeys",
        "The keys of an issuer, or the place they are at, cannot be used."
    );
    internal static readonly DiagnosticCode NoKeySource = Warning(
        "NoKeySource",
        "An issuer's keys are neither given nor to be found, so that its tokens are refused."
    );

    // Gateways, service entries, sidecars
    internal static readonly DiagnosticCode PortConflict = Error("PortConflict", "One port is used in two ways that exclude each other.");
    internal static readonly DiagnosticCode ResolutionConflict = Error(
        "ResolutionConflict",
        "Resolution does not fit hosts, addresses or endpoints."
    );
    internal static readonly DiagnosticCode AmbiguousTcpPort = Warning(
        "AmbiguousTcpPort",
        "A TCP port without an address takes traffic meant for others."
    );
    internal static readonly DiagnosticCode UnknownEndpointPort = Error(
        "UnknownEndpointPort",
        "An endpoint maps a port that its service does not have."
    );
    internal static readonly DiagnosticCode InvalidListener = Error(
        "InvalidListener",
        "A listener's bind, port, capture mode and endpoint do not fit together."
    );

    // Authorization
    internal static readonly DiagnosticCode InvalidPathTemplate = Error(
        "InvalidPathTemplate",
        "A path has braces and is no path template."
    );
    internal static readonly DiagnosticCode UnknownAttribute = Error(
        "UnknownAttribute",
        "A condition asks about an attribute that does not exist."
    );

    /// <summary>All codes in the order of this table.</summary>
    public static ImmutableArray<DiagnosticCode> All { get; } = Table.ToImmutable();

    private static DiagnosticCode Error(string id, string meaning) => Add(new DiagnosticCode(id, DiagnosticSeverity.Error, true, meaning));

    private static DiagnosticCode Warning(string id, string meaning) =>
        Add(new DiagnosticCode(id, DiagnosticSeverity.Warning, true, meaning));

    private static DiagnosticCode Info(string id, string meaning) => Add(new DiagnosticCode(id, DiagnosticSeverity.Info, true, meaning));

    private static DiagnosticCode Add(DiagnosticCode code)
    {
        Table.Add(code);
        return code;
    }
}
