using System.Net;
using Mesh.ControlPlane.Keys;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Tests.Host;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Tests.Keys;

/// <summary>The whole control plane with an issuer's real web server: keys that come late, change, and cannot be had for a while.</summary>
public sealed class KeyRotationTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Keys_are_published_once_they_come_replaced_once_they_change_and_kept_while_they_cannot_be_had()
    {
        await using var server = await KeyServer.StartAsync();
        server.Fail("/keys", 503);
        var root = Directory.CreateTempSubdirectory("mesh-keys-").FullName;
        File.WriteAllText(
            Path.Combine(root, "tokens.yaml"),
            $$"""
            apiVersion: security.istio.io/v1
            kind: RequestAuthentication
            metadata: {name: tokens, namespace: shop}
            spec:
              jwtRules:
              - issuer: https://login.example
                jwksUri: {{server.Url}}/keys
            """
        );
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        var log = new LogList();
        var options = new ControlPlaneOptions(root, any, any, MeshSettings.Default) { Keys = new KeySetOptions(TimeSpan.FromSeconds(0.2)) };
        await using (var host = ControlPlaneHost.Build(options, logging => logging.AddProvider(log)))
        {
            await host.StartAsync();
            await UntilAsync(() => Problem(host) is not null);
            Assert.Contains("the server answered 503", Problem(host), StringComparison.Ordinal);
            Assert.Contains("are refused", Problem(host), StringComparison.Ordinal);
            Assert.Null(Known(host));

            server.Say("/keys", Set("1"));
            await UntilAsync(() => Known(host) == Set("1"));
            Assert.Null(Problem(host));
            var snapshot = host.Store.Current!.Snapshot;
            var requests = server.Requests;
            await UntilAsync(() => server.Requests > requests + 3);
            Assert.Same(snapshot, host.Store.Current!.Snapshot);

            server.Say("/keys", Set("2"));
            await UntilAsync(() => Known(host) == Set("2"));

            server.Fail("/keys", 500);
            await UntilAsync(() => Problem(host) is not null);
            Assert.Contains("those fetched before stay in force", Problem(host), StringComparison.Ordinal);
            Assert.Equal(Set("2"), Known(host));
        }

        Directory.Delete(root, recursive: true);
        Assert.DoesNotContain(log.Entries, entry => entry.Level >= LogLevel.Error);
    }

    private static string Set(string kid) => $$"""{"keys":[{"kty":"RSA","kid":"{{kid}}","n":"AQ","e":"AQAB"}]}""";

    private static string? Known(ControlPlaneHost host) =>
        host.Store.Current?.Snapshot.Tokens is { Policies.Length: 1 } tokens ? tokens.Keys.Of(tokens.Sources()[0])?.Keys : null;

    private static string? Problem(ControlPlaneHost host) =>
        host.Store.Current?.Diagnostics.FirstOrDefault(diagnostic => diagnostic.Code == "KeysNotFetched")?.Message;

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Bound);
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
