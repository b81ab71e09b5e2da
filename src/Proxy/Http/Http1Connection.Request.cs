using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Http;

// From the client to the upstream.
internal sealed partial class Http1Connection
{
    /// <summary>The head is there, or will never be: decides, and takes what has come of the body.</summary>
    private void BeginRequest(
        Http1Exchange x,
        Http1ParseStatus parsed,
        in ReadOnlySequence<byte> buffer,
        (DateTimeOffset Time, long Ticks)? began
    )
    {
        var session = x.Session;
        session.Begin(_target, x.Head, _services.Store.Current);
        if (began is { } first)
        {
            (session.Record.StartTime, session.Record.StartTicks) = first;
        }

        _keepAlive = false;
        if (parsed != Http1ParseStatus.Done)
        {
            _watch.Request(canProbe: false, x.Cancellation);
            RefuseHead(x, parsed);
            _input.AdvanceTo(buffer.End);
            return;
        }

        var facts = x.RequestFacts = x.RequestParser.Facts;
        HopByHopFields.RemoveListed(x.Head, facts);
        var body = buffer.Slice(x.RequestParser.Consumed);
        x.RequestBody.Begin(Http1BodyLength.OfRequest(facts), ofResponse: false);
        x.Continue = new ContinueState(facts.ExpectsContinue, !x.RequestBody.IsComplete);
        x.Upgrading = facts.HasUpgrade && x.RequestBody.IsComplete && IsKnownUpgrade(x.Head);
        _watch.Request(canProbe: facts.Version == HttpVersionKind.Http11, x.Cancellation);
        if (IsConnect(x.Head))
        {
            // A mesh routes requests; a tunnel to wherever the client likes is no route.
            session.Refuse(Failure.NoRoute);
        }
        else
        {
            session.Decide();
        }

        x.Seen = session.CheckedBodyBytes > 0 ? new ArrayBufferWriter<byte>() : null;
        // One byte more tells that it is not all.
        x.MostSeen = session.CheckedBodyBytes + 1;
        // Not only of a present attempt: one may follow a delay.
        x.FramesBody = facts.IsChunked && !(session.Record.Cluster is not null && session.ToHttp2);
        var sound = AppendBody(x, body, out var consumed);
        _input.AdvanceTo(consumed);
        if (!sound)
        {
            x.UploadFailure = Failure.ClientProtocolError;
            if (session.Step == RequestStep.Attempt)
            {
                session.EndAttempt(Failure.ClientProtocolError, nothingSent: true);
            }

            session.Refuse(x.RequestBody.Refusal.Status, x.RequestBody.Refusal.Sentence);
        }
    }

    // A stale head of the pool must not appear in the log.
    private void RefuseHead(Http1Exchange x, Http1ParseStatus parsed)
    {
        x.Head.Begin(HttpVersionKind.Http11, ""u8, "http"u8, ""u8, ""u8);
        x.Refused = true;
        x.RequestFacts = Http1HeadFacts.None;
        x.RequestBody.Begin(Http1BodyLength.None, ofResponse: false);
        if (parsed == Http1ParseStatus.Refused)
        {
            var refusal = x.RequestParser.Refusal;
            x.Session.Refuse(refusal.Status, refusal.Sentence);
        }
        else
        {
            x.Session.Refuse(408, "The head did not arrive in time.");
        }
    }

    private static bool IsConnect(RequestHead head) => head.Method.SequenceEqual("CONNECT"u8);

    // WebSocket is the one protocol that meshes carry this way; h2c would take requests past every rule.
    private static bool IsKnownUpgrade(RequestHead head) =>
        head.TryGet(KnownHeader.Upgrade, out var value) && Ascii.EqualsIgnoreCase(value, "websocket"u8);

    /// <summary>Frames what has come of the body for the upstream. False where it breaks a rule.</summary>
    private static bool AppendBody(
        Http1Exchange x,
        in ReadOnlySequence<byte> buffer,
        out SequencePosition consumed,
        int most = SendBuffer.LargestPiece
    )
    {
        var rest = buffer;
        consumed = buffer.Start;
        var body = x.RequestBody;
        while (!body.IsComplete && x.Body.Unsent.Length < most)
        {
            var status = body.Read(rest, out var data, out consumed);
            if (status == Http1BodyStatus.Data)
            {
                Mirror(x, data);
                var next = x.Continue;
                next.BodyBegan();
                x.Continue = next;
                if (x.FramesBody)
                {
                    ChunkedWriter.Write(x.Body, data);
                }
                else
                {
                    foreach (var segment in data)
                    {
                        x.Body.Write(segment.Span);
                    }
                }
            }

            rest = rest.Slice(consumed);
            switch (status)
            {
                case Http1BodyStatus.Refused:
                    return false;
                case Http1BodyStatus.NeedMore:
                    return true;
                case Http1BodyStatus.Done when x.FramesBody:
                    ChunkedWriter.WriteEnd(x.Body, body.Trailers);
                    break;
            }
        }

        if (body.IsComplete)
        {
            x.Session.Copies?.Complete();
        }

        return true;
    }

    private static void Mirror(Http1Exchange x, in ReadOnlySequence<byte> data)
    {
        if (x.Seen is { } seen && seen.WrittenCount < x.MostSeen)
        {
            foreach (var segment in data.Slice(0, Math.Min(data.Length, x.MostSeen - seen.WrittenCount)))
            {
                seen.Write(segment.Span);
            }
        }

        if (x.Session.Copies is { } copies)
        {
            foreach (var segment in data)
            {
                copies.Write(segment.Span);
            }
        }
    }

    /// <summary>The connection is there: puts the request together. False where the attempt has failed already.</summary>
    private bool BeginAttempt(Http1Exchange x, UpstreamConnection upstream)
    {
        _upstream = upstream;
        _watch.Moved();
        var session = x.Session;
        session.Record.UpstreamLocal = upstream.LocalEndPoint;
        x.BeginAttempt();
        if (!_watch.BeginAttempt(upstream, connected: true))
        {
            x.Failure = WhyBroken(x);
            return false;
        }

        if (!TryWriteRequest(x))
        {
            x.Failure = Failure.ClientProtocolError;
            return false;
        }

        if (x.RequestBody.IsComplete)
        {
            _watch.RequestEnded(session.Timeout, session.TryTimeout);
        }

        return true;
    }

    private bool TryWriteRequest(Http1Exchange x)
    {
        x.Out.Forget();
        var length = Http1BodyLength.OfRequest(x.RequestFacts);
        if (length.Kind == Http1BodyKind.None)
        {
            length = Http1RequestHead.LengthOfNothing(x.Head.Method);
        }

        var persistence = x.Upgrading ? Http1Persistence.Upgrade : Http1Persistence.Default;
        if (!Http1RequestHead.TryWrite(x.Out, x.Session, length, persistence))
        {
            return false;
        }

        x.Out.Write(x.Body.From(0));
        x.Body.Sent();
        if (x.RequestBody.Bytes > _services.RetryBodyLimit)
        {
            x.Session.Replayable = false;
        }

        return true;
    }

    /// <summary>
    /// Sends the rest of a body while the response is waited for. Runs beside the loop, which waits for its end; touches only what belongs to the
    /// request. Pooled, so that a body that comes in a second packet costs little.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask UploadAsync(Http1Exchange x, UpstreamConnection upstream)
    {
        var moved = 0;
        try
        {
            while (!x.RequestBody.IsComplete && !x.UploadStopped)
            {
                var read = await _input.ReadAsync();
                if (!TakeUpload(x, read.Buffer, read.IsCompleted, upstream))
                {
                    return;
                }

                var count = x.Body.Unsent.Length;
                if (count > 0)
                {
                    var sending = upstream.SendAsync(x.Body.Unsent);
                    if (!await SentAsync(x, sending))
                    {
                        return;
                    }
                }

                if (HasHadItsShare(ref moved, count))
                {
                    await Task.Yield();
                }
            }

            if (x.RequestBody.IsComplete)
            {
                _watch.RequestEnded(x.Session.Timeout, x.Session.TryTimeout);
            }
        }
        catch (Exception error) when (IsBrokenConnection(error))
        {
            // The client's side: a read failed.
            FailUpload(x, Failure.ClientAbort, upstream);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> SentAsync(Http1Exchange x, ValueTask<int> sending)
    {
        try
        {
            await sending;
            KeepOrForget(x);
            return true;
        }
        catch (Exception error) when (IsBrokenConnection(error))
        {
            // The upstream wants no more. It may have answered before it closed, which the loop is about to read.
            x.UploadBroken = true;
            return false;
        }
    }

    // What was sent of a body stays as long as it is little and may be sent again.
    private void KeepOrForget(Http1Exchange x)
    {
        _watch.Moved();
        x.Body.Sent();
        if ((x.RequestBody.Bytes > _services.RetryBodyLimit || !x.Session.MayRetry) && x.SentBody.TryDrop())
        {
            x.Session.Replayable = false;
            x.Body.Forget();
        }
    }

    // False where nothing more is to be sent.
    private bool TakeUpload(Http1Exchange x, in ReadOnlySequence<byte> buffer, bool clientEnded, IAbortable upstream)
    {
        if (x.UploadStopped)
        {
            _input.AdvanceTo(buffer.Start);
            return false;
        }

        _watch.Moved();
        var sound = AppendBody(x, buffer, out var consumed);
        var more = sound && !x.RequestBody.IsComplete && x.Body.Unsent.Length < SendBuffer.LargestPiece;
        _input.AdvanceTo(consumed, more ? buffer.End : consumed);
        if (!sound)
        {
            FailUpload(x, Failure.ClientProtocolError, upstream);
            return false;
        }

        if (more && clientEnded)
        {
            FailUpload(x, Failure.ClientAbort, upstream);
            return false;
        }

        return true;
    }

    private static void FailUpload(Http1Exchange x, Failure failure, IAbortable upstream)
    {
        x.UploadFailure = failure;
        upstream.Abort();
    }

    private async ValueTask EndUploadAsync(ValueTask upload, Http1Exchange x, UpstreamConnection upstream)
    {
        var sending = upload.AsTask();
        if (x.RequestBody.IsComplete && x.Failure == Failure.None)
        {
            // Mostly it is sent, too, and only its sender has not noticed yet: no reason to close the connection.
            await Task.WhenAny(sending, Task.Delay(TrafficDefaults.UploadGrace, _services.Time));
        }

        if (!sending.IsCompleted)
        {
            StopUpload(x, upstream);
        }

        await sending;
    }

    private void StopUpload(Http1Exchange x, IAbortable upstream)
    {
        x.UploadStopped = true;
        upstream.Abort();
        _input.CancelPendingRead();
    }
}
