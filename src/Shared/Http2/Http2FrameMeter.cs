using System.Buffers;

namespace Mesh.Http2;

/// <summary>Reads the heads of a peer's frames as they pass and says when they are a flood; the frames themselves are its receiver's to judge.</summary>
/// <param name="sent">Bytes that the peer was sent; null where nobody counts them.</param>
/// <param name="leftovers">Told of streams that the peer gives up; null where nobody wants to know.</param>
internal sealed class Http2FrameMeter(Http2FloodLimits limits, TimeProvider time, Func<long>? sent = null, Http2Leftovers? leftovers = null)
{
    private const int PrefaceBytes = 24;
    private const int RememberedStreams = 1024;
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Reset = 3;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte GoAway = 7;
    private const byte WindowUpdate = 8;
    private const byte Continuation = 9;
    private const byte EndStreamOrAck = 1;

    // The smallest frame of data has ten bytes, and its receiver may open two windows for it: the stream's and the connection's.
    private const int BytesPerWindowUpdate = 5;
    private const int WindowUpdatesPerStream = 4;

    // Who measures a connection, as gRPC does, pings for each frame of data; and gets the ping's answer.
    private const int BytesPerPing = 10 + 17;

    private static readonly TimeSpan Premature = TimeSpan.FromSeconds(1);

    private readonly long[] _opened = new long[RememberedStreams];
    private Http2FrameHeads _heads = new(limits.OfClients ? PrefaceBytes : 0);
    private double _tokens = limits.ControlFrames;
    private long _refilled = time.GetTimestamp();
    private long _streams;
    private long _resets;
    private int _continuations;
    private long _windowUpdates;
    private long _pings;

    /// <summary>The next bytes of the connection; anything but None is final.</summary>
    public Http2Flood Take(in ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            var rest = segment.Span;
            while (_heads.Next(ref rest))
            {
                if (Judge(_heads.Type, _heads.Flags, _heads.Length) is not Http2Flood.None and var flood)
                {
                    return flood;
                }
            }
        }

        return Http2Flood.None;
    }

    private Http2Flood Judge(byte type, byte flags, int length)
    {
        switch (type)
        {
            case Headers:
                _streams++;
                _continuations = 0;
                _opened[Slot()] = time.GetTimestamp();
                return Http2Flood.None;
            case Reset:
                leftovers?.Ended(_heads.Stream);
                return IsPremature() && ++_resets >= limits.Resets && _resets * 2 > _streams && limits.Resets > 0
                    ? Http2Flood.Resets
                    : Http2Flood.None;
            case Continuation:
                return ++_continuations > limits.Continuations && limits.Continuations > 0 ? Http2Flood.Continuations
                    : length == 0 ? Spend()
                    : Http2Flood.None;
            case Data when length > 0 || (flags & EndStreamOrAck) != 0:
            case Settings or Ping when (flags & EndStreamOrAck) != 0:
            case GoAway:
                return Http2Flood.None;
            case Ping:
                return ++_pings > Sent / BytesPerPing ? Spend() : Http2Flood.None;
            case WindowUpdate:
                return ++_windowUpdates > (_streams * WindowUpdatesPerStream) + (Sent / BytesPerWindowUpdate)
                    ? Spend(Http2Flood.WindowUpdates)
                    : Http2Flood.None;
            default:
                return Spend();
        }
    }

    private long Sent => sent?.Invoke() ?? 0;

    // A stream that is too long ago to be remembered was not reset early.
    private bool IsPremature() => time.GetElapsedTime(_opened[Slot()]) < Premature;

    private int Slot() => (_heads.Stream >> 1) & (RememberedStreams - 1);

    private Http2Flood Spend(Http2Flood flood = Http2Flood.ControlFrames)
    {
        if (limits.ControlFrames == 0)
        {
            return Http2Flood.None;
        }

        var now = time.GetTimestamp();
        _tokens = Math.Min(limits.ControlFrames, _tokens + (time.GetElapsedTime(_refilled, now).TotalSeconds * limits.ControlFrames / 10));
        _refilled = now;
        return --_tokens < 0 ? flood : Http2Flood.None;
    }
}
