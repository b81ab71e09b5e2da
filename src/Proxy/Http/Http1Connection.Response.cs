using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream.Pools;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Http;

// From the upstream to the client.
internal sealed partial class Http1Connection
{
    // Pieces of a body of known length are received where they are sent from.
    private const int DirectBytes = 16 * 1024;
    private const int LargestDirect = 64 * 1024;

    private UpstreamConnection? _upstream;

    /// <summary>Bytes of the answer's head, or of interim ones before it, came; or none came any more.</summary>
    private HeadStep TakeHead(Http1Exchange x, int count)
    {
        if (count <= 0)
        {
            x.Failure = WhyBroken(x);
            return HeadStep.Failed;
        }

        _watch.Moved();
        x.In.Received(count);
        while (true)
        {
            switch (x.ResponseParser.ParseResponse(x.In.Unread, x.Response))
            {
                case Http1ParseStatus.NeedMore:
                    return HeadStep.More;
                case Http1ParseStatus.Refused:
                    x.Failure = Failure.UpstreamProtocolError;
                    return HeadStep.Failed;
            }

            x.In.Consume(x.ResponseParser.Consumed);
            var facts = x.ResponseParser.Facts;
            if (!x.Response.IsInterim)
            {
                return Show(x, facts);
            }

            if (x.Response.Status == 101)
            {
                return Switch(x, facts);
            }

            if (++x.InterimAnswers > TrafficDefaults.MostInterimAnswers)
            {
                x.Failure = Failure.UpstreamProtocolError;
                return HeadStep.Failed;
            }

            PassInterim(x, facts);
        }
    }

    private HeadStep Show(Http1Exchange x, in Http1HeadFacts facts)
    {
        var response = x.Response;
        var grpcStatus = response.TryGet(ResponseHeader.GrpcStatus, out var text) ? GrpcStatusOf(text) : -1;
        var marks =
            (response.TryGet(ResponseHeader.XEnvoyOverloaded, out _) ? ResponseMarks.Overloaded : ResponseMarks.None)
            | (response.TryGet(ResponseHeader.XEnvoyRateLimited, out _) ? ResponseMarks.RateLimited : ResponseMarks.None)
            | (response.TryGet(ResponseHeader.XMeshRepeatable, out _) ? ResponseMarks.Repeatable : ResponseMarks.None);
        var length = Http1BodyLength.OfResponse(facts, response.Status, x.Head.Method);
        x.ResponseBody.Begin(length, ofResponse: true);
        x.Session.Replayable &= x.SentBody.TryKeep();
        if (!x.Session.TakeHead(response.Status, grpcStatus, marks))
        {
            DropBody(x);
            return HeadStep.Drop;
        }

        x.SentBody.Release();

        _watch.Responding();
        x.Downstream = length.ForClient(x.Head.Version);
        if (x.Downstream.Kind is Http1BodyKind.Chunked or Http1BodyKind.UntilClose)
        {
            _watch.Streams();
        }

        // A client that has not sent all of its request could not know whether we read the rest (RFC 9112 section 9.3).
        _keepAlive =
            x.RequestFacts.KeepsAlive
            && x.Downstream.Kind != Http1BodyKind.UntilClose
            && x.Continue.CanKeepAlive(x.RequestBody.IsComplete)
            && !_watch.IsDraining;
        var writer = new Http1HeadWriter(_output, x.Session.ResponseEdits(new(x.Response)));
        writer.Response(response, facts, x.Downstream, Persistence(x));
        WriteServiceTime(ref writer, x);
        if (!response.TryGet(ResponseHeader.Date, out _))
        {
            writer.Field("date"u8, _services.Date.Now()); // RFC 9110 section 6.6.1
        }

        writer.End();
        _unflushed++;
        return HeadStep.Deliver;
    }

    // RFC 9110 section 15.2.2: only who asked is switched, and to what was asked for; else what follows would be read as something it is not.
    private HeadStep Switch(Http1Exchange x, in Http1HeadFacts facts)
    {
        var agreed =
            x.Upgrading
            && facts.HasUpgrade
            && x.Response.TryGet(ResponseHeader.Upgrade, out var protocol)
            && Ascii.EqualsIgnoreCase(protocol, "websocket"u8);
        if (!agreed || !x.Session.TakeHead(101, -1))
        {
            x.Failure = Failure.UpstreamProtocolError;
            return HeadStep.Failed;
        }

        _watch.Tunnel();
        x.Downstream = Http1BodyLength.Tunnel;
        var writer = new Http1HeadWriter(_output, x.Session.ResponseEdits(new(x.Response)));
        writer.Response(x.Response, facts, x.Downstream, Http1Persistence.Upgrade);
        WriteServiceTime(ref writer, x);
        writer.End();
        _unflushed++;
        return HeadStep.Tunnel;
    }

    private void PassInterim(Http1Exchange x, in Http1HeadFacts facts)
    {
        if (x.Response.Status == 100)
        {
            var state = x.Continue;
            var wanted = state.TakeContinue();
            x.Continue = state;
            if (!wanted)
            {
                return;
            }
        }

        if (x.Head.Version == HttpVersionKind.Http10)
        {
            return; // RFC 9110 section 15.2
        }

        _watch.RespondingInterim();
        var writer = new Http1HeadWriter(_output, EditSequence.None);
        writer.Response(x.Response, facts, Http1BodyLength.None, Http1Persistence.Default);
        writer.End();
        _unflushed++;
    }

    private void WriteServiceTime(ref Http1HeadWriter writer, Http1Exchange x)
    {
        var record = x.Session.Record;
        Span<byte> digits = stackalloc byte[20];
        var milliseconds = (long)_services.Time.GetElapsedTime(record.AttemptTicks, record.UpstreamHeadTicks).TotalMilliseconds;
        Utf8Formatter.TryFormat(milliseconds, digits, out var count);
        writer.Field("x-envoy-upstream-service-time"u8, digits[..count]);
    }

    private Http1Persistence Persistence(Http1Exchange x) =>
        !_keepAlive ? Http1Persistence.Close
        : x.Head.Version == HttpVersionKind.Http10 ? Http1Persistence.KeepAlive
        : Http1Persistence.Default;

    private static int GrpcStatusOf(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out int status, out var used) && used == text.Length ? status : -1;

    // What is here of it; a connection with more to come is closed.
    private static void DropBody(Http1Exchange x)
    {
        while (!x.ResponseBody.IsComplete)
        {
            var unread = x.In.Unread;
            var status = x.ResponseBody.Read(unread, out _, out var consumed);
            x.In.Consume(unread, consumed);
            if (status is Http1BodyStatus.NeedMore or Http1BodyStatus.Refused)
            {
                return;
            }
        }
    }

    /// <summary>Passes on what is here of the body. True where more has to come.</summary>
    private bool MoveBody(Http1Exchange x)
    {
        var body = x.ResponseBody;
        while (!body.IsComplete && x.Failure == Failure.None)
        {
            var unread = x.In.Unread;
            var status = body.Read(unread, out var data, out var consumed);
            if (status == Http1BodyStatus.Data)
            {
                WriteBody(x, data);
            }

            x.In.Consume(unread, consumed);
            switch (status)
            {
                case Http1BodyStatus.NeedMore:
                    return true;
                case Http1BodyStatus.Refused:
                    x.Failure = Failure.UpstreamProtocolError;
                    break;
            }
        }

        if (x.Failure == Failure.None)
        {
            EndBody(x);
        }

        return false;
    }

    private void WriteBody(Http1Exchange x, in ReadOnlySequence<byte> data)
    {
        if (x.Downstream.Kind == Http1BodyKind.Chunked)
        {
            ChunkedWriter.Write(_output, data);
        }
        else
        {
            foreach (var segment in data)
            {
                _output.Write(segment.Span);
            }
        }

        x.ResponseBytes += data.Length;
        _unflushed += (int)data.Length;
    }

    private void EndBody(Http1Exchange x)
    {
        var trailers = x.ResponseBody.Kind == Http1BodyKind.Chunked ? x.ResponseBody.Trailers : x.Trailers;
        TakeStatus(x, trailers);
        if (x.Downstream.Kind == Http1BodyKind.Chunked)
        {
            ChunkedWriter.WriteEnd(_output, trailers);
            _unflushed++;
        }
    }

    private static void TakeStatus(Http1Exchange x, HeaderFields trailers)
    {
        for (var i = 0; i < trailers.Count; i++)
        {
            if (trailers.Name(i).SequenceEqual("grpc-status"u8))
            {
                x.Session.Record.GrpcStatus = GrpcStatusOf(trailers.Value(i));
            }
        }
    }

    private Memory<byte> DirectMemory(Http1Exchange x)
    {
        var most = (int)Math.Min(x.ResponseBody.Remaining, LargestDirect);
        var memory = _output.GetMemory(most);
        return memory.Length > most ? memory[..most] : memory;
    }

    /// <summary>A piece of the body came, or the upstream's end.</summary>
    /// <param name="direct">It lies in the output already.</param>
    private void TakeBody(Http1Exchange x, int count, bool direct)
    {
        _watch.Moved();
        if (count > 0 && direct)
        {
            _output.Advance(count);
            x.ResponseBody.Skip(count);
            x.ResponseBytes += count;
            _unflushed += count;
        }
        else if (count > 0)
        {
            x.In.Received(count);
        }
        else if (count == 0 && x.ResponseBody.Kind == Http1BodyKind.UntilClose && !_watch.IsOver)
        {
            x.ResponseBody.Close();
        }
        else if (x.Failure == Failure.None)
        {
            x.Failure = WhyBroken(x);
        }
    }

    /// <summary>
    /// What is written is with the transport. False where the client takes no more. Never throws: what is being received meanwhile has to be waited for
    /// before its buffer is anybody else's.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FlushedAsync(Http1Exchange x)
    {
        try
        {
            return TakeFlush(x, await _output.FlushAsync());
        }
        catch (Exception error) when (IsBrokenConnection(error))
        {
            return TakeFlush(x, new FlushResult(isCanceled: false, isCompleted: true));
        }
    }

    private bool TakeFlush(Http1Exchange x, FlushResult result)
    {
        _unflushed = 0;
        if (result.IsCompleted)
        {
            x.Failure = _watch.IsCut ? Failure.Draining : Failure.ClientAbort;
            return false;
        }

        if (result.IsCanceled && _watch.IsOver)
        {
            x.Failure = WhyBroken(x);
            return false;
        }

        _watch.Moved();
        return true;
    }
}
