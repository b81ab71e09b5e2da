using System.Net;
using System.Security.Cryptography;
using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Harness;

/// <summary>The files and options by which a control plane issues certificates and sidecars get them.</summary>
/// <param name="secureAds">Where the control plane listens; null for a free port on loopback.</param>
internal sealed class MeshIdentity(string root, string lifetime, string? secureAds = null)
{
    /// <summary>What the injector writes on pods that got a sidecar.</summary>
    public const string SidecarLabel = "security.istio.io/tlsMode: istio";

    private readonly List<string> _tokens = [];

    /// <summary>The authority's directory.</summary>
    public string Authority { get; } = Path.Combine(root, "ca");

    /// <summary>The mesh's roots in PEM.</summary>
    public string Roots => Path.Combine(Authority, "root-cert.pem");

    public string SecureAds { get; } = secureAds ?? $"127.0.0.1:{FreePort.On(IPAddress.Loopback)}";

    private string TokenFile => Path.Combine(root, "join-tokens");

    /// <summary>Call once, before the control plane starts.</summary>
    public string[] ControlPlaneArguments
    {
        get
        {
            Write();
            return ["--ca-dir", Authority, "--secure-ads", SecureAds, "--join-tokens", TokenFile, "--cert-ttl", lifetime];
        }
    }

    /// <summary>Makes a token for a service account and gives the options of a sidecar that shows it.</summary>
    public string[] Join(string ns, string account)
    {
        var token = RandomNumberGenerator.GetHexString(64, lowercase: true);
        var file = Path.Combine(root, $"token-{_tokens.Count}");
        File.WriteAllText(file, token);
        _tokens.Add($"{token} {ns}/{account}");
        Write();
        return ["--secure-ads", SecureAds, "--mesh-root", Roots, "--token", file, "--service-account", account];
    }

    // In one step, so that no half file is ever read.
    private void Write()
    {
        File.WriteAllLines(TokenFile + ".tmp", _tokens);
        File.Move(TokenFile + ".tmp", TokenFile, overwrite: true);
    }
}
