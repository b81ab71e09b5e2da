using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Mesh.Cli.Demo;

/// <summary>Asks for the product page over and over, every second time as ada, at a bounded rate, until it is told to stop.</summary>
internal sealed class TrafficDriver : IDisposable
{
    private const int Workers = 4;

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(15) };
    private readonly string _url;
    private readonly TimeSpan _pause;
    private readonly ConcurrentQueue<string> _failures = new();
    private ShareCount _count = new();
    private int _sequence;

    /// <param name="requestsPerSecond">Upper bound of the load.</param>
    public TrafficDriver(string url, int requestsPerSecond)
    {
        _url = url;
        _pause = TimeSpan.FromSeconds((double)Workers / requestsPerSecond);
    }

    /// <summary>Why requests failed, all of them since the start, also those of the moments between two counts.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Where the answers to requests that start from now on are counted.</summary>
    public ShareCount Count
    {
        get => Volatile.Read(ref _count);
        set => Volatile.Write(ref _count, value);
    }

    public Task RunAsync(CancellationToken cancel) => Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync(cancel)));

    public void Dispose() => _client.Dispose();

    private async Task WorkAsync(CancellationToken cancel)
    {
        using var pace = new PeriodicTimer(_pause);
        while (!cancel.IsCancellationRequested)
        {
            var count = Count;
            try
            {
                await AskAsync(count, cancel);
                await pace.WaitForNextTickAsync(cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem) when (problem is HttpRequestException or TaskCanceledException or JsonException)
            {
                _failures.Enqueue(problem.Message);
            }
        }
    }

    private async Task AskAsync(ShareCount count, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _url);
        if (Interlocked.Increment(ref _sequence) % 2 == 0)
        {
            request.Headers.Add("end-user", "ada");
        }

        var start = Stopwatch.GetTimestamp();
        using var response = await _client.SendAsync(request, cancel);
        var body = await response.Content.ReadAsStringAsync(cancel);
        if (!response.IsSuccessStatusCode)
        {
            _failures.Enqueue($"{(int)response.StatusCode} {body}");
            return;
        }

        using var page = JsonDocument.Parse(body);
        var version = page.RootElement.GetProperty("reviews").GetProperty("version").GetString() ?? "none";
        count.Answered(version, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }
}
