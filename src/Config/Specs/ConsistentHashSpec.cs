namespace Mesh.Config.Specs;

/// <summary>Key and algorithm of consistent hashing.</summary>
public sealed record ConsistentHashSpec
{
    /// <summary>Key is this header.</summary>
    public string? HttpHeaderName { get; init; }

    /// <summary>Key is this cookie.</summary>
    public HttpCookieSpec? HttpCookie { get; init; }

    /// <summary>Key is the client's address.</summary>
    public bool UseSourceIp { get; init; }

    /// <summary>Key is this query parameter.</summary>
    public string? HttpQueryParameterName { get; init; }

    /// <summary>Smallest ring; absent means 1024.</summary>
    public long? MinimumRingSize { get; init; }

    /// <summary>Algorithm is Maglev with this table size (prime, default 65537); absent means ring hash.</summary>
    public long? MaglevTableSize { get; init; }
}
