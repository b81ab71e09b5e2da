namespace Mesh.ControlPlane.Identity;

/// <summary>Somebody whose credential was verified.</summary>
/// <param name="Pod">The pod that the credential is bound to; null where it holds for every pod of the account.</param>
/// <param name="Proof">What it was, for the log: <c>join token</c>, <c>service-account token</c> or <c>client certificate</c>.</param>
/// <param name="Single">Not null where the token may serve one key alone; asked with each key.</param>
internal sealed record Caller(WorkloadIdentity Identity, string? Pod, string Proof, SingleUse? Single = null)
{
    /// <summary>When the credential ends, and with it what was begun by it; null where nobody said.</summary>
    public DateTimeOffset? Until { get; init; }
}
