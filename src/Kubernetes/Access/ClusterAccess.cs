using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Kubernetes.Access;

/// <summary>Where an API server is, how to know it, and what to show it.</summary>
public sealed record ClusterAccess
{
    /// <summary>Ends with a slash.</summary>
    public required Uri Server { get; init; }

    /// <summary>A proxy to go through (http, https or socks5); default null, what the environment says.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Certificates that may have signed the server's; empty for the system's own.</summary>
    public X509Certificate2Collection Authorities { get; init; } = [];

    /// <summary>
    /// The PEM file that <see cref="Authorities"/> were read from, where somebody keeps it up to date: it is read again when the server shows a
    /// certificate that none of them vouches for. Default null.
    /// </summary>
    public string? AuthorityFile { get; init; }

    /// <summary>The name expected in the server's certificate, where it differs from the URL's host.</summary>
    public string? ServerName { get; init; }

    /// <summary>The user asked for no check of the server's certificate; default false.</summary>
    public bool SkipVerification { get; init; }

    /// <summary>Who we are; default nobody.</summary>
    public CredentialSource Credentials { get; init; } = CredentialSource.None;

    /// <summary>Headers of every request that name somebody to act as; default none.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Impersonation { get; init; } = [];

    /// <summary>The context's, or the pod's own; default <c>default</c>.</summary>
    public string Namespace { get; init; } = "default";
}
