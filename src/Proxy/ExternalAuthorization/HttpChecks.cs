using System.Collections.Immutable;
using System.Net;
using System.Text;
using Mesh.Proxy.Http;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.ExternalAuthorization;

/// <summary>
/// Asks over HTTP, as Envoy does: the request's own method, path and host, the headers that were asked for, and 200 for yes. An answer of 500 or
/// more is none.
/// </summary>
internal sealed class HttpChecks : IDisposable
{
    private const int MostBody = 1024 * 1024;
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(1);
    private static readonly HttpRequestOptionsKey<(Cluster Cluster, Endpoint Endpoint)> PlaceKey = new("place");

    private readonly HttpMessageInvoker _invoker = new(
        new SocketsHttpHandler
        {
            // Nothing is followed, decoded or remembered: the answer is what the service said.
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            PooledConnectionIdleTimeout = IdleTimeout,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ConnectCallback = static (context, cancellation) =>
            {
                context.InitialRequestMessage.Options.TryGetValue(PlaceKey, out var place);
                return CheckDialer.DialAsync(place.Cluster, place.Endpoint, http2: false, cancellation);
            },
        }
    );

    public void Dispose() => _invoker.Dispose();

    /// <exception cref="HttpRequestException">There is no answer.</exception>
    /// <exception cref="OperationCanceledException">There is none in time.</exception>
    public async Task<CheckOutcome> AskAsync(CheckRequest question, Cluster cluster, Endpoint endpoint, CancellationToken cancellation)
    {
        var check = question.Check;
        using var message = MessageOf(question, CheckDialer.PrefixOf(cluster, endpoint));
        if (message is null)
        {
            return new CheckOutcome(CheckVerdict.Denied) { Status = check.StatusOnError };
        }

        message.Options.Set(PlaceKey, (cluster, endpoint));
        using var response = await _invoker.SendAsync(message, cancellation);
        var status = (int)response.StatusCode;
        if (status >= 500)
        {
            return CheckOutcome.Failed;
        }

        // Also of a yes nobody reads more than this: what does not end is no answer.
        await response.Content.LoadIntoBufferAsync(MostBody, cancellation);
        if (status == 200)
        {
            return new CheckOutcome(CheckVerdict.Allowed)
            {
                RequestEdits = Edits([
                    .. Headers(response)
                        .Where(header => CheckedHeaders.Has(check.UpstreamHeaders, header.Key))
                        .Select(h => (HeaderEditKind.Set, h)),
                    .. Headers(response)
                        .Where(header => CheckedHeaders.Has(check.UpstreamHeadersToAppend, header.Key))
                        .Select(h => (HeaderEditKind.Add, h)),
                ]),
                ResponseEdits = Edits([
                    .. Headers(response)
                        .Where(header => CheckedHeaders.Has(check.ResponseHeaders, header.Key))
                        .Select(h => (HeaderEditKind.Add, h)),
                ]),
            };
        }

        return new CheckOutcome(CheckVerdict.Denied)
        {
            Status = status,
            Body = await response.Content.ReadAsByteArrayAsync(cancellation),
            ResponseEdits = Edits([
                .. Headers(response)
                    .Where(header => header.Key is "www-authenticate" or "location" || CheckedHeaders.Has(check.RefusalHeaders, header.Key))
                    .Select(h => (h.Key == "content-type" ? HeaderEditKind.Set : HeaderEditKind.Add, h)),
            ]),
        };
    }

    // Null where the client has chosen a target or host that cannot be asked about, such as "OPTIONS *": that is no failure of the service, for
    // which requests may pass.
    private static HttpRequestMessage? MessageOf(CheckRequest question, string prefix)
    {
        var check = question.Check;
        var head = question.Head ?? throw new InvalidOperationException("A service is asked about connections over gRPC only.");
        var message = new HttpRequestMessage
        {
            Method = HttpMethod.Parse(Encoding.Latin1.GetString(head.Method)),
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            // Also an empty one says its length, as Envoy has it.
            Content = new ReadOnlyMemoryContent(question.Body),
        };
        try
        {
            message.RequestUri = new Uri(prefix + check.PathPrefix + Encoding.Latin1.GetString(head.OriginForm), TrafficDefaults.RawPath);
            message.Headers.Host = Encoding.Latin1.GetString(head.Authority);
        }
        catch (FormatException)
        {
            message.Dispose();
            return null;
        }

        IEnumerable<KeyValuePair<string, string>> partial =
            check.BodyBytes > 0 ? [KeyValuePair.Create("x-envoy-auth-partial-body", question.BodyIsPartial ? "true" : "false")] : [];
        var added = check.AddedHeaders.Select(header => header.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (
            var (name, value) in CheckedHeaders
                .Of(head, check)
                .Where(h => !added.Contains(h.Key))
                .Concat(partial)
                .Concat(check.AddedHeaders)
        )
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return message;
    }

    private static IEnumerable<KeyValuePair<string, string>> Headers(HttpResponseMessage response) =>
        from header in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
        let name = header.Key.ToLowerInvariant()
        where !CheckedHeaders.IsOfMessage(name)
        from value in header.Value
        select KeyValuePair.Create(name, value);

    // Of a header that is replaced and comes several times the first replaces.
    private static HeaderEdits Edits(ImmutableArray<(HeaderEditKind Kind, KeyValuePair<string, string> Header)> headers)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return headers.IsEmpty
            ? HeaderEdits.None
            : new HeaderEdits([
                .. headers.Select(edit => new HeaderEdit(
                    edit.Kind == HeaderEditKind.Set && !seen.Add(edit.Header.Key) ? HeaderEditKind.Add : edit.Kind,
                    edit.Header.Key,
                    edit.Header.Value
                )),
            ]);
    }
}
