using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json.Nodes;
using Mesh.Cli.Online;
using Mesh.ControlPlane.Identity;

namespace Mesh.Cli.Identity;

/// <summary>What running control planes say about who trusts the roots that the authority's store has.</summary>
/// <param name="Behind">Connected proxies that have not confirmed all roots, or why that is unknown.</param>
internal sealed record ControlPlanes(int Asked, int Connected, ImmutableArray<string> Behind, bool Failed)
{
    // Twice the longest wait between two attempts of a proxy, and some.
    private const long SettlingSeconds = 20;

    /// <summary>Every control plane was asked, follows the store, and every proxy connected to it has confirmed.</summary>
    public bool HeldByAll => Asked > 0 && !Failed && Behind.IsEmpty;

    public static Option<string[]> Option()
    {
        var option = new Option<string[]>("--control-plane")
        {
            Description = "Monitoring port of a control plane, such as 127.0.0.1:15014; give every replica",
            AllowMultipleArgumentsPerToken = true,
        };
        return option;
    }

    public static async Task<ControlPlanes> AskAsync(string[] ports, AuthorityState state, CancellationToken cancel)
    {
        var behind = ImmutableArray.CreateBuilder<string>();
        var (connected, failed) = (0, false);
        foreach (var port in ports)
        {
            if (await MeshPort.ReadAsync(port, "/debug/authority", cancel) is not { } text)
            {
                failed = true;
                continue;
            }

            var page = JsonNode.Parse(text)!;
            var known = page["roots"]!.AsArray().Select(root => (string)root!["fingerprint"]!).ToHashSet(StringComparer.Ordinal);
            if (!state.Bundle().Roots.All(root => known.Contains(TrustBundle.Fingerprint(root))))
            {
                behind.Add($"{port} itself, which looks at the store every {IdentityPlane.StorePoll.TotalSeconds} s");
            }

            // Whoever has not come back yet is not among those who have confirmed.
            if ((long)page["openForSeconds"]! is var seconds and < SettlingSeconds)
            {
                behind.Add(
                    $"those that have not come back to {port} yet, which started {seconds} s ago; ask again in {SettlingSeconds - seconds} s"
                );
            }

            connected += (int)page["connected"]!;
            behind.AddRange(page["behind"]!.AsArray().Select(node => (string)node!));
        }

        return new(ports.Length, connected, behind.ToImmutable(), failed);
    }

    public void Write(TextWriter output)
    {
        if (Asked == 0)
        {
            output.WriteLine("Which proxies trust which roots is not known; --control-plane asks.");
            return;
        }

        output.WriteLine(
            $"{Connected} proxies are connected with a certificate or token; {(Behind.IsEmpty ? "all trust these roots." : "without all roots:")}"
        );
        foreach (var node in Behind)
        {
            output.WriteLine($"  {node}");
        }
    }
}
