using System.Net.Sockets;
using Mesh.Grpc;
using Mesh.Grpc.Health;

namespace Mesh.Proxy.Admin.Probes;

/// <summary>
/// Asks the application what the kubelet wants to know, from inside of the pod: there nothing has to be encrypted and nobody answers in its place.
/// </summary>
internal sealed class ProbeRunner(ApplicationClient application)
{
    // The kubelet's own, as is that redirects to other hosts count as success.
    private const int MostRedirects = 10;
    private const int LongestReason = 1024;

    /// <summary>The status to answer the kubelet with, and a reason for people.</summary>
    /// <param name="userAgent">The kubelet's, by which applications tell probes from users.</param>
    public async Task<(int Status, string Reason)> AskAsync(AppProbe probe, string? userAgent, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(probe.Timeout);
        try
        {
            return probe.Kind switch
            {
                AppProbeKind.Http => await GetAsync(probe, userAgent, limit.Token),
                AppProbeKind.Tcp => await ConnectAsync(probe, limit.Token),
                _ => await CheckAsync(probe, limit.Token),
            };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (500, $"no answer from {application.Host}:{probe.Port} within {probe.Timeout.TotalSeconds} s");
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException or GrpcException or FormatException)
        {
            return (500, $"{application.Host}:{probe.Port}: {e.Message}");
        }
    }

    private async Task<(int Status, string Reason)> GetAsync(AppProbe probe, string? userAgent, CancellationToken cancellation)
    {
        var target = new Uri($"{(probe.Tls ? "https" : "http")}://{application.Host}:{probe.Port}{probe.Path}");
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target);
            request.Headers.TryAddWithoutValidation("User-Agent", userAgent ?? "kube-probe");
            request.Headers.TryAddWithoutValidation("Accept", "*/*");
            foreach (var (name, value) in probe.Headers)
            {
                request.Headers.Remove(name);
                request.Headers.TryAddWithoutValidation(name, value);
            }

            using var response = await application.Http.SendAsync(request, cancellation);
            var status = (int)response.StatusCode;
            if (status is < 300 or >= 400 || response.Headers.Location is not { } location)
            {
                return (status, await ReasonAsync(response, cancellation));
            }

            var next = new Uri(target, location);
            if (next.Host != target.Host)
            {
                return (200, $"redirects to {next.Host}");
            }

            if (redirects == MostRedirects)
            {
                return (500, $"more than {MostRedirects} redirects");
            }

            target = next;
        }
    }

    private static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var buffer = new byte[LongestReason];
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, length);
    }

    private async Task<(int Status, string Reason)> ConnectAsync(AppProbe probe, CancellationToken cancellation)
    {
        await using var _ = await application.DialAsync(probe.Port, cancellation);
        return (200, "connected");
    }

    private async Task<(int Status, string Reason)> CheckAsync(AppProbe probe, CancellationToken cancellation)
    {
        using var channel = new GrpcChannel(
            new Uri($"http://{application.Host}:{probe.Port}"),
            new GrpcChannelOptions { Dial = (target, stop) => application.DialAsync(target.Port, stop) }
        );
        var answer = await channel.UnaryAsync(
            HealthService.Check,
            new HealthCheckRequest { Service = probe.Service },
            new GrpcCallOptions { CancellationToken = cancellation }
        );
        return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving ? (200, "SERVING") : (500, $"{answer.Status}");
    }
}
