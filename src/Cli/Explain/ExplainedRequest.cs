using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using Mesh.Proxy.Routing;

namespace Mesh.Cli.Explain;

/// <summary>The request that is asked about, as a client would send it; nothing is normalised that a client would not.</summary>
/// <param name="Url"><c>http://HOST[:PORT]/PATH</c>; <c>tcp://</c> and <c>tls://</c> ask about a connection.</param>
internal sealed record ExplainedRequest(string Method, string Url, ImmutableArray<KeyValuePair<string, string>> Headers)
{
    private const int HttpPort = 80;
    private const int TlsPort = 443;

    /// <summary><c>http</c>, <c>tcp</c> or <c>tls</c>.</summary>
    [JsonIgnore]
    public string Scheme { get; private init; } = "";

    /// <summary>As written, without port and brackets.</summary>
    [JsonIgnore]
    public string Host { get; private init; } = "";

    /// <summary>The port that is dialled.</summary>
    public int Port { get; private init; }

    [JsonIgnore]
    private string Authority { get; init; } = "";

    [JsonIgnore]
    private string Target { get; init; } = "";

    /// <summary>Null with a reason where it is no request.</summary>
    public static ExplainedRequest? Parse(string method, string url, IEnumerable<string> headers, out string? error)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal);
        var scheme = start < 0 ? "" : url[..start].ToLowerInvariant();
        if (scheme is not ("http" or "https" or "tcp" or "tls"))
        {
            error = $"'{url}' is no URL; write http://HOST[:PORT]/PATH, tcp://HOST:PORT or tls://SERVERNAME:PORT";
            return null;
        }

        var rest = url[(start + 3)..];
        var end = rest.IndexOfAny(['/', '?', '#']);
        var authority = end < 0 ? rest : rest[..end];
        var (host, port) = Domain.SplitPort(authority);
        if (host.Length == 0 || (port == 0 && scheme == "tcp"))
        {
            error = $"'{url}' has no {(host.Length == 0 ? "host" : "port")}";
            return null;
        }

        var pairs = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var header in headers)
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0)
            {
                error = $"-H '{header}' is no header; write 'name: value'";
                return null;
            }

            pairs.Add(KeyValuePair.Create(header[..colon].Trim().ToLowerInvariant(), header[(colon + 1)..].Trim()));
        }

        error = null;
        var target = end < 0 ? "/" : rest[end..];
        return new(method.ToUpperInvariant(), url, pairs.ToImmutable())
        {
            // The proxy never opens the application's TLS: all it sees of https is the server's name.
            Scheme = scheme == "https" ? "tls" : scheme,
            Host = host.Trim('[', ']'),
            Port =
                port != 0 ? port
                : scheme == "http" ? HttpPort
                : TlsPort,
            Authority = pairs.Where(pair => pair.Key == "host").Select(pair => pair.Value).LastOrDefault() ?? authority,
            Target = target[0] == '/' ? target : "/" + target,
        };
    }

    /// <summary>The head as the proxy would see it; null where it exceeds the proxy's limits.</summary>
    public RequestHead? ToHead()
    {
        var head = new RequestHead();
        var fits = head.Begin(HttpVersionKind.Http11, Method, "http", Authority, Target);
        foreach (var (name, value) in Completed())
        {
            fits = fits && head.AddHeader(name, value);
        }

        return fits ? head : null;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(Scheme is "http" ? Method + " " : "")}{Url}")
        + string.Concat(Headers.Select(header => $" {header.Key}: {header.Value}"));

    // What the proxy adds before it looks for a route.
    private IEnumerable<KeyValuePair<string, string>> Completed()
    {
        yield return KeyValuePair.Create("host", Authority);
        foreach (var header in Headers.Where(header => header.Key != "host"))
        {
            yield return header;
        }

        if (!Headers.Any(header => header.Key == "x-request-id"))
        {
            yield return KeyValuePair.Create("x-request-id", Guid.Empty.ToString());
        }

        if (!Headers.Any(header => header.Key == "x-forwarded-proto"))
        {
            yield return KeyValuePair.Create("x-forwarded-proto", "http");
        }
    }
}
