using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Who asks: all lists that are written must match, of each list one value.</summary>
public sealed record AuthorizationSourceSpec
{
    /// <summary>Where it is written.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>Identities of clients, <c>trust-domain/ns/NAMESPACE/sa/ACCOUNT</c>.</summary>
    public ImmutableArray<string> Principals { get; init; } = [];

    /// <summary>None of these identities.</summary>
    public ImmutableArray<string> NotPrincipals { get; init; } = [];

    /// <summary>Issuer and subject of verified tokens, <c>ISSUER/SUBJECT</c>.</summary>
    public ImmutableArray<string> RequestPrincipals { get; init; } = [];

    /// <summary>None of these issuers and subjects.</summary>
    public ImmutableArray<string> NotRequestPrincipals { get; init; } = [];

    /// <summary>Namespaces of clients.</summary>
    public ImmutableArray<string> Namespaces { get; init; } = [];

    /// <summary>None of these namespaces.</summary>
    public ImmutableArray<string> NotNamespaces { get; init; } = [];

    /// <summary>Accounts of clients, <c>ACCOUNT</c> or <c>NAMESPACE/ACCOUNT</c>.</summary>
    public ImmutableArray<string> ServiceAccounts { get; init; } = [];

    /// <summary>None of these accounts.</summary>
    public ImmutableArray<string> NotServiceAccounts { get; init; } = [];

    /// <summary>Addresses or blocks of the connection's other end.</summary>
    public ImmutableArray<string> IpBlocks { get; init; } = [];

    /// <summary>None of these addresses.</summary>
    public ImmutableArray<string> NotIpBlocks { get; init; } = [];

    /// <summary>Addresses or blocks of the original client, as X-Forwarded-For says.</summary>
    public ImmutableArray<string> RemoteIpBlocks { get; init; } = [];

    /// <summary>None of these clients.</summary>
    public ImmutableArray<string> NotRemoteIpBlocks { get; init; } = [];
}
