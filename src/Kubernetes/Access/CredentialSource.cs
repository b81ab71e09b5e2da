namespace Mesh.Kubernetes.Access;

/// <summary>Gives the credential of the moment; tokens change while a process lives.</summary>
public abstract class CredentialSource
{
    /// <summary>Nobody.</summary>
    public static CredentialSource None { get; } = new Fixed(Credential.None);

    /// <summary>Always the same.</summary>
    public static CredentialSource Of(Credential credential) => new Fixed(credential);

    /// <summary>The present credential.</summary>
    /// <exception cref="KubeConfigException">It cannot be had: a file is missing, or a plugin failed.</exception>
    public abstract ValueTask<Credential> GetAsync(CancellationToken cancellation);

    /// <summary>The server refused the last one (401): the next is to be made anew.</summary>
    public virtual void Refused() { }

    private sealed class Fixed(Credential credential) : CredentialSource
    {
        public override ValueTask<Credential> GetAsync(CancellationToken cancellation) => new(credential);
    }
}
