using System.Net;
using System.Net.Sockets;
using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Harness;

/// <summary>What scenarios ask a sidecar's other ports.</summary>
internal static class SidecarProbes
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false });

    public static Task<bool> IsReadyAsync(this Sidecar sidecar) => Wait.AnswersAsync(sidecar.ReadyUrl, CancellationToken.None);

    public static Task ReadyAsync(this Sidecar sidecar) => sidecar.Process.ReadyAsync(sidecar.ReadyUrl);

    /// <summary>The metrics of port 15090 as text.</summary>
    public static async Task<string> MetricsAsync(this Sidecar sidecar) =>
        await Wait.TextAsync($"http://{sidecar.Address}:15090/stats/prometheus", CancellationToken.None) ?? "";

    /// <summary>Waits until a line of the metrics has all these parts.</summary>
    public static Task CountsAsync(this Sidecar sidecar, params string[] parts) =>
        Wait.UntilAsync(
            $"a metric with {string.Join(' ', parts)}",
            Patience,
            async () =>
                (await sidecar.MetricsAsync())
                    .Split('\n')
                    .Any(line => Array.TrueForAll(parts, part => line.Contains(part, StringComparison.Ordinal))),
            CancellationToken.None
        );

    /// <summary>Waits until the sidecar has, or misses, its control plane.</summary>
    public static Task ConnectedAsync(this Sidecar sidecar, bool connected) =>
        sidecar.CountsAsync($"envoy_control_plane_connected_state {(connected ? 1 : 0)}");

    /// <summary>Asks the admin port.</summary>
    public static async Task<(HttpStatusCode Status, string Body)> AdminAsync(
        this Sidecar sidecar,
        HttpMethod method,
        string pathAndQuery,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, $"http://{sidecar.Admin}{pathAndQuery}");
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value), $"header {name}");
        }

        using var response = await Client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Waits until nobody accepts connections at this address any more.</summary>
    public static Task RefusesAsync(IPEndPoint endPoint) =>
        Wait.UntilAsync(
            $"{endPoint} refusing connections",
            Patience,
            async () =>
            {
                using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await socket.ConnectAsync(endPoint);
                    return false;
                }
                catch (SocketException)
                {
                    return true;
                }
            },
            CancellationToken.None
        );
}
