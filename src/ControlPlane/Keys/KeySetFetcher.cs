using System.Text.Json;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Keys;

/// <summary>Fetches JWK sets over HTTP, bounded in time and size, and never throws for what a server does.</summary>
internal sealed class KeySetFetcher : IDisposable
{
    private const string Discovery = "/.well-known/openid-configuration";
    private const int MostRedirects = 3;

    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    public KeySetFetcher(KeySetOptions options, TimeProvider time)
    {
        _time = time;
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                // Never from https to http, which the runtime refuses.
                MaxAutomaticRedirections = MostRedirects,
                UseCookies = false,
                ConnectTimeout = TimeSpan.FromSeconds(10),
                // Names are looked up again for each round.
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
            }
        )
        {
            MaxResponseContentBufferSize = options.MostBytes,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.TryAddWithoutValidation("accept", "application/json, application/jwk-set+json");
    }

    /// <summary>One attempt, at most as long as the source says.</summary>
    public async Task<KeySetFetch> FetchAsync(KeySource source, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(source.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var url = source.IsDiscovery ? await DiscoverAsync(source.Url, either.Token) : source.Url;
            using var response = await _http.GetAsync(url, either.Token);
            response.EnsureSuccessStatusCode();
            var keys = KeySetText.Clean(await response.Content.ReadAsByteArrayAsync(either.Token), out var problem);
            return keys is null ? KeySetFetch.Failed(problem) : new(keys, MaxAge(response), "");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return KeySetFetch.Failed($"no answer within {source.Timeout.TotalSeconds} s");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or FormatException or UriFormatException)
        {
            return KeySetFetch.Failed(Reason(e));
        }
    }

    public void Dispose() => _http.Dispose();

    // OpenID Connect Discovery 1.0, section 4.
    private async Task<string> DiscoverAsync(string issuer, CancellationToken cancellationToken)
    {
        var json = await _http.GetByteArrayAsync(issuer.TrimEnd('/') + Discovery, cancellationToken);
        using var document = JsonDocument.Parse(json);
        return
            document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("jwks_uri", out var found)
            && found.ValueKind == JsonValueKind.String
            && Uri.TryCreate(found.GetString(), UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            ? uri.AbsoluteUri
            : throw new FormatException("the OpenID configuration has no jwks_uri that is a URL");
    }

    private static TimeSpan? MaxAge(HttpResponseMessage response) =>
        response.Headers.CacheControl is { } control && (control.NoStore || control.NoCache)
            ? TimeSpan.Zero
            : response.Headers.CacheControl?.MaxAge;

    private static string Reason(Exception error) =>
        error switch
        {
            HttpRequestException { StatusCode: { } status } => $"the server answered {(int)status}",
            HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => "the answer is too large",
            JsonException => "the answer is not JSON",
            _ => error.Message,
        };
}
