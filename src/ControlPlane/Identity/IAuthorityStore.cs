namespace Mesh.ControlPlane.Identity;

/// <summary>Where an authority is kept, shared by all replicas of the control plane. Every change is all or nothing.</summary>
internal interface IAuthorityStore
{
    /// <summary>For messages: a path, or a Secret's name.</summary>
    string Place { get; }

    /// <summary>What is kept; null where there is nothing yet.</summary>
    /// <exception cref="IdentityException">It cannot be read or makes no sense.</exception>
    Task<StoredAuthority?> ReadAsync(CancellationToken cancellation = default);

    /// <summary>Keeps a state; false where what is kept is no longer what was seen, and then nothing has changed.</summary>
    /// <param name="seen">Null creates, and only where there is nothing.</param>
    /// <exception cref="IdentityException">It cannot be written.</exception>
    Task<bool> TryWriteAsync(StoredAuthority? seen, AuthorityState state, CancellationToken cancellation = default);
}
