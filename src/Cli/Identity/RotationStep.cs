using Mesh.ControlPlane.Identity;

namespace Mesh.Cli.Identity;

/// <summary>Pure: the step of a rotation that is due, in words for who has to act next.</summary>
/// <param name="State">What to keep; null where nothing may be done yet.</param>
internal sealed record RotationStep(AuthorityState? State, string Text)
{
    /// <summary>Finishes before it begins anew: roots do not pile up.</summary>
    public static RotationStep Next(AuthorityState state, bool heldByAll, DateTimeOffset now)
    {
        if (state.Next is { } next)
        {
            return RootRotation.Activate(state, heldByAll, now, out var notYet) is { } active
                ? new(
                    active,
                    $"Root {Short(next)} signs now. The old one stays trusted until {active.Retired[^1].LastExpiry:yyyy-MM-dd'T'HH:mm:ss'Z'}; run this again then."
                )
                : new(null, $"Root {Short(next)} is announced and does not sign yet: {notYet}.");
        }

        if (!state.Retired.IsEmpty)
        {
            return RootRotation.Finish(state, now, out var notYet) is { } done
                ? new(done, "The old root is trusted no more. The rotation is complete.")
                : new(null, $"The old root stays: {notYet}.");
        }

        return RootRotation.Announce(state, now, out var refusal) is { } announced
            ? new(
                announced,
                $"Root {Short(announced.Next!)} is announced: proxies are told to trust it. Give the new root-cert.pem to proxies that start from now on (--mesh-root), "
                    + "then run this again; with --control-plane it goes on as soon as every connected proxy has it."
            )
            : new(null, $"There is nothing to do here: {refusal}.");
    }

    private static string Short(SigningKey key) => TrustBundle.Fingerprint(key.Root)[..16];
}
