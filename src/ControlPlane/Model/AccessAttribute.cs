namespace Mesh.ControlPlane.Model;

/// <summary>What a term of a rule asks about.</summary>
internal enum AccessAttribute
{
    Principal,
    Namespace,

    /// <summary>Values are <c>NAMESPACE/ACCOUNT</c>.</summary>
    ServiceAccount,
    SourceIp,
    RemoteIp,
    RequestPrincipal,
    Host,
    Port,
    Method,
    Path,

    /// <summary>Names: the header.</summary>
    Header,

    /// <summary>Names: the claim, or names of nested claims from the outside in.</summary>
    Claim,
    Audience,
    Presenter,
    DestinationIp,
    ServerName,

    /// <summary>Names: a filter of the proxy, and a key of what it found out.</summary>
    FilterMetadata,
}
