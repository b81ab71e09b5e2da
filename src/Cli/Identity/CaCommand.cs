using System.CommandLine;
using Mesh.Cli.Output;
using Mesh.ControlPlane.Identity;

namespace Mesh.Cli.Identity;

/// <summary><c>meshctl ca</c>: looks at the mesh's authority, and walks from one root to the next.</summary>
internal static class CaCommand
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public static Command Create(TimeProvider time) =>
        new("ca", "Look at the mesh's certificate authority and exchange its root.") { Status(), Rotate(time) };

    private static Command Status()
    {
        var controlPlanes = ControlPlanes.Option();
        var command = new Command("status", "Show the roots of the mesh, what each is for, and which connected proxies lack one.")
        {
            controlPlanes,
        };
        var place = AuthorityPlace.AddTo(command);
        command.SetAction(
            (arguments, cancel) =>
                WithStoreAsync(
                    place,
                    arguments,
                    async store =>
                    {
                        if (await ReadAsync(store, cancel) is not { } stored)
                        {
                            return ExitCodes.Failure;
                        }

                        TextTable.Write(Console.Out, ["ROOT", "STATE", "ENDS", "TRUSTED UNTIL", "NAME"], Rows(stored.State));
                        var asked = await ControlPlanes.AskAsync(arguments.GetValue(controlPlanes) ?? [], stored.State, cancel);
                        asked.Write(Console.Out);
                        return asked.Failed ? ExitCodes.Failure : ExitCodes.Success;
                    }
                )
        );
        return command;
    }

    private static Command Rotate(TimeProvider time)
    {
        var controlPlanes = ControlPlanes.Option();
        var command = new Command(
            "rotate",
            "Take the next step from one root to another, if it is safe: announce a new root, let it sign, forget the old one. Run it again for the step after."
        )
        {
            controlPlanes,
        };
        var place = AuthorityPlace.AddTo(command);
        command.SetAction(
            (arguments, cancel) =>
                WithStoreAsync(
                    place,
                    arguments,
                    async store =>
                    {
                        if (await ReadAsync(store, cancel) is not { } stored)
                        {
                            return ExitCodes.Failure;
                        }

                        var asked = await ControlPlanes.AskAsync(arguments.GetValue(controlPlanes) ?? [], stored.State, cancel);
                        if (asked.Failed)
                        {
                            return ExitCodes.Failure;
                        }

                        var step = RotationStep.Next(stored.State, asked.HeldByAll, time.GetUtcNow());
                        if (step.State is not null && !await store.TryWriteAsync(stored, step.State, cancel))
                        {
                            await Console.Error.WriteLineAsync($"{store.Place} was changed by somebody else meanwhile; run it again");
                            return ExitCodes.Failure;
                        }

                        Console.Out.WriteLine(step.Text);
                        asked.Write(Console.Out);
                        return step.State is null ? ExitCodes.Failure : ExitCodes.Success;
                    }
                )
        );
        return command;
    }

    private static async Task<int> WithStoreAsync(AuthorityPlace place, ParseResult arguments, Func<IAuthorityStore, Task<int>> use)
    {
        try
        {
            using var open = place.Open(arguments);
            return await use(open.Store);
        }
        catch (Exception e) when (e is IdentityException or Kubernetes.Access.KubeConfigException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCodes.Failure;
        }
    }

    private static async Task<StoredAuthority?> ReadAsync(IAuthorityStore store, CancellationToken cancel)
    {
        var stored = await store.ReadAsync(cancel);
        if (stored is null)
        {
            await Console.Error.WriteLineAsync($"{store.Place} holds no authority; the control plane makes one when it starts");
        }

        return stored;
    }

    private static IEnumerable<string[]> Rows(AuthorityState state)
    {
        var retired = state.Retired.ToDictionary(r => TrustBundle.Fingerprint(r.Root), r => r.LastExpiry, StringComparer.Ordinal);
        var signing = TrustBundle.Fingerprint(state.Signing.Root);
        foreach (var root in state.Bundle().Roots)
        {
            var fingerprint = TrustBundle.Fingerprint(root);
            var until = retired.TryGetValue(fingerprint, out var end) ? end : (DateTimeOffset?)null;
            yield return
            [
                fingerprint[..16],
                fingerprint == signing ? "signs"
                : until is not null ? "retired"
                : state.IsGiven ? "trusted"
                : "announced",
                root.NotAfter.ToUniversalTime().ToString(TimeFormat, null),
                until?.UtcDateTime.ToString(TimeFormat, null) ?? "-",
                root.Subject,
            ];
        }
    }
}
