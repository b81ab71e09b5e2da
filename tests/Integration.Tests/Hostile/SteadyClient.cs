using System.Net.Sockets;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>A client that behaves: sends one request after the other until stopped, and remembers every answer that was not a good one.</summary>
internal sealed class SteadyClient : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private readonly EchoClient _client;
    private readonly string _host;
    private readonly List<string> _failures = [];
    private int _served;

    public SteadyClient(Sidecar sidecar, string host)
    {
        _client = new EchoClient(sidecar, Protocols.Http1);
        _host = host;
        _running = RunAsync();
    }

    public int Served => Volatile.Read(ref _served);

    /// <summary>Stops, and fails where a request failed.</summary>
    public async Task CheckAsync()
    {
        await StopAsync();
        Assert.True(_failures.Count == 0, string.Join('\n', _failures.Take(5)));
        Assert.True(Served > 0, "nothing was served");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var response = await _client.SendAsync("/steady", host: _host);
                if (!response.IsSuccessStatusCode)
                {
                    _failures.Add($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
                }
            }
            catch (Exception e) when (e is HttpRequestException or SocketException or OperationCanceledException)
            {
                _failures.Add(e.ToString());
            }

            Interlocked.Increment(ref _served);
            // A rest, so that it does not crowd out what it watches.
            await Task.Delay(10, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
