using System.Net;
using System.Net.Http.Json;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>Who called, in <c>x-forwarded-client-cert</c>: written by the server's sidecar for a verified client, never believed from anybody else.</summary>
public sealed class S07PeerNameTests
{
    private const string Forged = "URI=spiffe://cluster.local/ns/default/sa/admin";

    [Fact]
    public async Task S07_A_verified_client_is_named_and_nobody_names_himself()
    {
        await using var mesh = await LocalMesh.StartSecureAsync();
        await using var app = await EchoUpstream.StartAsync("app");
        var server = await InjectedService.StartPodAsync(mesh, "shop", app);
        mesh.Write("shop.yaml", InjectedService.Yaml("shop", (app, server)));
        var client = await mesh.StartSidecarAsync();
        foreach (var protocol in Protocols.AllPairs)
        {
            using var requests = new EchoClient(client, protocol);
            Echo? echo = null;
            await Wait.UntilAsync(
                $"shop naming its client over {protocol}",
                TimeSpan.FromSeconds(60),
                async () =>
                {
                    using var response = await requests.SendAsync(
                        "/",
                        host: "shop",
                        headers:
                        [
                            ("x-forwarded-client-cert", Forged),
                            ("x-envoy-original-path", "/forged"),
                            ("x-forwarded-proto", "gopher"),
                        ]
                    );
                    echo = response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadFromJsonAsync<Echo>() : null;
                    return echo?.Header("x-forwarded-client-cert") is not null;
                },
                CancellationToken.None
            );
            Assert.Matches(
                "^By=spiffe://cluster.local/ns/default/sa/shop;Hash=[0-9a-f]{64};Subject=\"\";URI=spiffe://cluster.local/ns/default/sa/client$",
                echo!.Header("x-forwarded-client-cert")
            );
            Assert.Null(echo.Header("x-envoy-original-path"));
            Assert.Equal("http", echo.Header("x-forwarded-proto"));
        }

        // A stranger in plaintext, which PERMISSIVE takes.
        var port = new IPEndPoint(IPAddress.Parse(server.Address), EchoUpstream.Http1Port);
        using var stranger = Sidecar.ClientTo(port, HttpVersion.Version11);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{port}/");
        request.Headers.TryAddWithoutValidation("x-forwarded-client-cert", Forged);
        request.Headers.TryAddWithoutValidation("x-envoy-decorator-operation", "forged");
        using var answer = await stranger.SendAsync(request);
        var seen = (await answer.Content.ReadFromJsonAsync<Echo>())!;
        Assert.Null(seen.Header("x-forwarded-client-cert"));
        Assert.Null(seen.Header("x-envoy-decorator-operation"));
    }
}
