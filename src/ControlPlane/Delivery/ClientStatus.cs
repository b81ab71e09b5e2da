using System.Collections.Concurrent;
using Mesh.Xds;

namespace Mesh.ControlPlane.Delivery;

/// <summary>What one stream knows of its client. Written by the stream alone, read by anybody: every row is replaced whole.</summary>
internal sealed class ClientStatus(long id, string peer, string protocol, TimeProvider time)
{
    // Nobody answers for these any more once there are as many; the oldest is forgotten.
    private const int MaxUnanswered = 64;

    private readonly ConcurrentDictionary<string, TypeStatus> types = new(StringComparer.Ordinal);
    private readonly List<(string TypeUrl, string Nonce, string Version, long ChangedAt)> unanswered = [];

    public long Id => id;

    public string Peer => peer;

    /// <summary>"sotw" or "delta".</summary>
    public string Protocol => protocol;

    public DateTimeOffset ConnectedSince { get; } = time.GetUtcNow();

    /// <summary>The SPIFFE id that the client has proved; empty on the plaintext port.</summary>
    public string Identity { get; init; } = "";

    /// <summary>Null until the first request.</summary>
    public NodeInfo? Node { get; set; }

    /// <summary>The latest view that the client has accepted whole, whether or not there was anything in it to send; empty before the first.</summary>
    public string SettledVersion { get; set; } = "";

    /// <summary>In push order.</summary>
    public IReadOnlyList<TypeStatus> Types =>
        [.. types.Values.OrderBy(t => TypeUrls.OrderOf(t.TypeUrl)).ThenBy(t => t.TypeUrl, StringComparer.Ordinal)];

    /// <summary>A type was asked for, whether or not there is anything to send.</summary>
    public void OnSubscribed(string typeUrl) => types.TryAdd(typeUrl, new TypeStatus(typeUrl));

    public void OnSent<TResponse>(Outgoing<TResponse> sent)
    {
        if (unanswered.Count == MaxUnanswered)
        {
            unanswered.RemoveAt(0);
        }
        // The age of a state says nothing about propagation when a client has only just asked.
        unanswered.Add((sent.TypeUrl, sent.Nonce, sent.Version, sent.IsPush ? sent.View.ChangedAt : 0));
        types[sent.TypeUrl] = Row(sent.TypeUrl) with
        {
            SentVersion = sent.Version,
            SentNonce = sent.Nonce,
            SentAt = time.GetUtcNow(),
            Resources = sent.ResourceCount,
            ViewVersion = sent.View.Version,
            AnsweredLast = false,
        };
    }

    /// <summary>Returns when the change happened that the accepted response carried, a timestamp; zero when that is unknown.</summary>
    public long OnAcked(string typeUrl, string nonce)
    {
        var (version, changedAt) = Answer(typeUrl, nonce);
        var row = Row(typeUrl);
        types[typeUrl] = row with
        {
            AckedVersion = version,
            AckedAt = time.GetUtcNow(),
            AnsweredLast = nonce == row.SentNonce,
            RefusedLast = false,
        };
        return changedAt;
    }

    public void OnNacked(string typeUrl, string nonce, string error)
    {
        var (version, _) = Answer(typeUrl, nonce);
        var row = Row(typeUrl);
        types[typeUrl] = row with
        {
            NackedVersion = version,
            NackError = error,
            NackedAt = time.GetUtcNow(),
            AnsweredLast = nonce == row.SentNonce,
            RefusedLast = true,
        };
    }

    private TypeStatus Row(string typeUrl) => types.GetValueOrDefault(typeUrl) ?? new TypeStatus(typeUrl);

    private (string Version, long ChangedAt) Answer(string typeUrl, string nonce)
    {
        var index = unanswered.FindIndex(u => u.TypeUrl == typeUrl && u.Nonce == nonce);
        if (index < 0)
        {
            return (Row(typeUrl).SentVersion, 0);
        }
        var found = unanswered[index];
        // Older ones of the type will not be answered: responses are processed in order.
        for (var i = index; i >= 0; i--)
        {
            if (unanswered[i].TypeUrl == typeUrl)
            {
                unanswered.RemoveAt(i);
            }
        }
        return (found.Version, found.ChangedAt);
    }
}
