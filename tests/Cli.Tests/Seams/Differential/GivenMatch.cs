using System.Collections.Immutable;

namespace Mesh.Cli.Tests.Seams.Differential;

/// <summary>A match block as a user writes it; what is null or empty is not written.</summary>
internal sealed record GivenMatch
{
    public GivenText? Uri { get; init; }

    public bool IgnoreUriCase { get; init; }

    public GivenText? Method { get; init; }

    public GivenText? Scheme { get; init; }

    public GivenText? Authority { get; init; }

    public ImmutableSortedDictionary<string, GivenText> Headers { get; init; } = ImmutableSortedDictionary<string, GivenText>.Empty;

    public ImmutableSortedDictionary<string, GivenText> WithoutHeaders { get; init; } = ImmutableSortedDictionary<string, GivenText>.Empty;

    public ImmutableSortedDictionary<string, GivenText> QueryParams { get; init; } = ImmutableSortedDictionary<string, GivenText>.Empty;

    public int? Port { get; init; }

    public string? SourceApp { get; init; }

    public string? SourceNamespace { get; init; }

    public ImmutableArray<string> Gateways { get; init; } = [];

    public Dictionary<string, object> Written()
    {
        var written = new Dictionary<string, object>();
        Add("uri", Uri?.Written);
        Add("ignoreUriCase", IgnoreUriCase ? true : null);
        Add("method", Method?.Written);
        Add("scheme", Scheme?.Written);
        Add("authority", Authority?.Written);
        Add("headers", Map(Headers));
        Add("withoutHeaders", Map(WithoutHeaders));
        Add("queryParams", Map(QueryParams));
        Add("port", Port);
        Add("sourceLabels", SourceApp is null ? null : new Dictionary<string, string> { ["app"] = SourceApp });
        Add("sourceNamespace", SourceNamespace);
        Add("gateways", Gateways.IsEmpty ? null : Gateways);
        return written;

        void Add(string name, object? value)
        {
            if (value is not null)
            {
                written.Add(name, value);
            }
        }

        static Dictionary<string, Dictionary<string, string>>? Map(ImmutableSortedDictionary<string, GivenText> texts) =>
            texts.IsEmpty ? null : texts.ToDictionary(text => text.Key, text => text.Value.Written);
    }

    /// <summary>The same with one condition less, each in turn.</summary>
    public IEnumerable<GivenMatch> Smaller()
    {
        GivenMatch[] less =
        [
            this with
            {
                Uri = null,
                IgnoreUriCase = false,
            },
            this with
            {
                IgnoreUriCase = false,
            },
            this with
            {
                Method = null,
            },
            this with
            {
                Scheme = null,
            },
            this with
            {
                Authority = null,
            },
            this with
            {
                Port = null,
            },
            this with
            {
                SourceApp = null,
            },
            this with
            {
                SourceNamespace = null,
            },
            this with
            {
                Gateways = [],
            },
            .. Headers.Keys.Select(name => this with { Headers = Headers.Remove(name) }),
            .. WithoutHeaders.Keys.Select(name => this with { WithoutHeaders = WithoutHeaders.Remove(name) }),
            .. QueryParams.Keys.Select(name => this with { QueryParams = QueryParams.Remove(name) }),
        ];
        return less.Where(smaller => smaller != this);
    }
}
