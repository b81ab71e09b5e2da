using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Tests;

/// <summary>An issuer of tokens that nobody here wrote the cryptography of: Node signs what it is told to.</summary>
internal sealed class TokenIssuer : IDisposable
{
    /// <summary>What <see cref="PeerFactAttribute"/> asks for.</summary>
    public const string Peer = "program:node";

    private readonly Process _node;
    private readonly Lock _turn = new();

    public TokenIssuer()
    {
        var script = Path.Combine(Peers.ProjectDirectory, "..", "Shared", "token-issuer.mjs");
        _node = Process.Start(
            new ProcessStartInfo(Peers.FindProgram("node")!, [script]) { RedirectStandardInput = true, RedirectStandardOutput = true }
        )!;
    }

    /// <summary>Makes a key pair.</summary>
    /// <param name="type"><c>RSA</c>, <c>P-256</c>, <c>P-384</c> or <c>P-521</c>.</param>
    /// <returns>The public half as a JWK, without kid.</returns>
    public JsonObject Key(string kid, string type = "RSA", int bits = 2048) =>
        JsonNode
            .Parse(
                Ask(
                    new
                    {
                        op = "key",
                        kid,
                        type,
                        bits,
                    }
                )
            )!
            .AsObject();

    /// <summary>A token over a payload that is not looked at.</summary>
    /// <param name="header">In full, where it is not the usual one of <paramref name="alg"/> and <paramref name="kid"/>.</param>
    /// <param name="signAs">The algorithm that really signs, where that is another than the header says.</param>
    public string Token(string kid, string alg, object payload, object? header = null, string? signAs = null) =>
        Ask(
            new
            {
                op = "sign",
                kid,
                alg,
                payload,
                header,
                signAs,
            }
        );

    /// <summary>A JWK set of keys with their kid.</summary>
    public static string Set(params (string Kid, JsonObject Key)[] keys) =>
        new JsonObject
        {
            ["keys"] = new JsonArray([
                .. keys.Select(item =>
                {
                    var key = item.Key.DeepClone().AsObject();
                    key["kid"] = item.Kid;
                    return key;
                }),
            ]),
        }.ToJsonString();

    public void Dispose()
    {
        _node.StandardInput.Close();
        if (!_node.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            _node.Kill();
        }

        _node.Dispose();
    }

    private string Ask(object request)
    {
        lock (_turn)
        {
            _node.StandardInput.WriteLine(JsonSerializer.Serialize(request));
            _node.StandardInput.Flush();
            return _node.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The issuer ended.");
        }
    }
}
