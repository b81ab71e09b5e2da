using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Mesh.Http2;

/// <summary>
/// The answers of one connection that are whole for us while their client's windows keep their end in the server: after a while their streams are reset,
/// however often the client lets a byte pass (CVE-2019-9511, CVE-2019-9517). A feature of the connection.
/// </summary>
/// <param name="limit">For how long, late by two looks at most.</param>
/// <param name="givenUp">Counts.</param>
internal sealed class Http2Leftovers(TimeSpan limit, TimeProvider time, Action givenUp)
{
    private const int Cancel = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, (IHttpResetFeature Stream, long Since)> _kept = [];
    private long _now = time.GetTimestamp();

    /// <summary>An answer is whole, and its end has not left yet.</summary>
    public void Keep(int id, IHttpResetFeature stream)
    {
        lock (_gate)
        {
            _kept[id] = (stream, _now);
        }
    }

    /// <summary>The end of a stream has left, or its client has reset it.</summary>
    public void Ended(int id)
    {
        lock (_gate)
        {
            _kept.Remove(id);
        }
    }

    /// <summary>To be called about once a second.</summary>
    public void Look()
    {
        List<(int Id, IHttpResetFeature Stream)>? late = null;
        lock (_gate)
        {
            _now = time.GetTimestamp();
            foreach (var (id, kept) in _kept)
            {
                if (time.GetElapsedTime(kept.Since, _now) >= limit)
                {
                    (late ??= []).Add((id, kept.Stream));
                }
            }

            late?.ForEach(one => _kept.Remove(one.Id));
        }

        // Not under the lock: a reset writes, and whoever writes comes back here.
        foreach (var (id, stream) in late ?? [])
        {
            // The server uses its streams again.
            if ((stream as IHttp2StreamIdFeature)?.StreamId == id)
            {
                givenUp();
                stream.Reset(Cancel);
            }
        }
    }
}
