using System.Net;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Mtls;

/// <summary>S03: a capture on the wire shows plaintext before and none after STRICT.</summary>
public sealed class S03WireTests(MtlsMesh mesh) : IClassFixture<MtlsMesh>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [WireFact]
    public async Task A_capture_shows_plaintext_before_and_none_after_strict()
    {
        await using var capture = await WireCapture.StartAsync(mesh.Mesh.Root, $"host {mesh.Server.Address} and tcp");
        using var http1 = new EchoClient(mesh.Client, Protocols.Http1);
        using var http2 = new EchoClient(mesh.Client, Protocols.Http2);

        await mesh.RequireAsync("mtls: { mode: DISABLE }");
        await SendAsync("before-strict");
        await Wait.UntilAsync(
            "the request on the wire",
            Patience,
            () => Task.FromResult(capture.Has("before-strict-1")),
            CancellationToken.None
        );
        Assert.Equal(MtlsMesh.Greeting, await MtlsMesh.GreetingOfAsync(mesh.GreetingOfClient));
        await Wait.UntilAsync(
            "the greeting on the wire",
            Patience,
            () => Task.FromResult(capture.Has("220 shop speaks first")),
            CancellationToken.None
        );

        await mesh.RequireAsync("mtls: { mode: STRICT }");
        await using var later = await WireCapture.StartAsync(mesh.Mesh.Root, $"host {mesh.Server.Address} and tcp");
        await SendAsync("after-strict");
        Assert.Equal(MtlsMesh.Greeting, await MtlsMesh.GreetingOfAsync(mesh.GreetingOfClient));
        await later.GrownAsync(4096);

        Assert.False(later.Has("after-strict"));
        Assert.False(later.Has("220 shop speaks first"));
        Assert.False(later.Has("HTTP/1.1 200"));

        async Task SendAsync(string mark)
        {
            using var first = await http1.SendAsync($"/{mark}-1", host: "shop", headers: ("x-mark", $"{mark}-1"));
            using var second = await http2.SendAsync($"/{mark}-2", host: "shop", headers: ("x-mark", $"{mark}-2"));
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
            Assert.Contains($"{mark}-1", await first.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            await mesh.Server.AccessLogAsync(lines => lines.Any(line => line.Contains($"/{mark}-2 ", StringComparison.Ordinal)));
        }
    }
}
