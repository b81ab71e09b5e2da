using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Mesh.Proxy.Http1;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.WebUtilities;

namespace Mesh.Proxy.Http;

// What is said without an upstream, waits, and the ends of requests and of the connection.
internal sealed partial class Http1Connection
{
    private void WriteAnswer(Http1Exchange x)
    {
        _watch.Answering();
        var answer = x.Session.Answer;
        _keepAlive =
            !x.Refused
            && !IsConnect(x.Head) // what follows may be meant for the tunnel that there is not
            && x.RequestFacts.KeepsAlive
            && x.UploadFailure == Failure.None
            && x.Continue.CanKeepAlive(x.RequestBody.IsComplete)
            && !_watch.IsDraining;
        var writer = new Http1HeadWriter(_output, answer.Edits);
        Span<byte> reason = stackalloc byte[64];
        var phrase = ReasonPhrases.GetReasonPhrase(answer.Status);
        writer.StatusLine(answer.Status, reason[..Encoding.Latin1.GetBytes(phrase, reason)]);
        if (answer.Location is { } location)
        {
            writer.Field("location"u8, Encoding.Latin1.GetBytes(location));
        }

        if (answer.ContentType is { } type)
        {
            writer.Field("content-type"u8, Encoding.Latin1.GetBytes(type));
        }

        if (answer.IsGrpc)
        {
            Span<byte> status = stackalloc byte[16];
            Utf8Formatter.TryFormat(answer.GrpcStatus, status, out var digits);
            writer.Field("grpc-status"u8, status[..digits]);
            if (answer.GrpcMessage.Length > 0)
            {
                writer.Field("grpc-message"u8, Encoding.Latin1.GetBytes(answer.GrpcMessage));
            }
        }

        writer.Field("date"u8, _services.Date.Now());
        var hasBody = answer.Status is >= 200 and not (204 or 304);
        writer.WriteFraming(hasBody ? Http1BodyLength.Fixed(answer.Body.Length) : Http1BodyLength.None, Persistence(x));
        writer.End();
        x.Downstream = Http1BodyLength.None;
        if (hasBody && !x.Head.Method.SequenceEqual("HEAD"u8))
        {
            _output.Write(answer.Body.Span);
            x.ResponseBytes += answer.Body.Length;
        }

        _unflushed++;
    }

    private async Task WaitAsync(Http1Exchange x)
    {
        var session = x.Session;
        var waiting = Task.Delay(session.Delay, _services.Time, x.Cancellation.Token);
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_watch.IsOver)
        {
            session.Abandon(WhyBroken(x));
        }
        else
        {
            session.Waited();
        }
    }

    /// <summary>Everything is decided and written.</summary>
    private void FinishRequest(Http1Exchange x)
    {
        if (!_watch.EndRequest())
        {
            x.DropCancellation();
        }

        if (_broken || _watch.ClientGone)
        {
            _keepAlive = false;
        }
    }

    /// <summary>The record goes out, and nothing of the request is kept.</summary>
    private void EndRequest(Http1Exchange x)
    {
        // An end of the connection would be taken for an end of the body.
        _aborts = _broken && (x.Downstream.Kind == Http1BodyKind.UntilClose || _watch.Stalled);
        _lingers = !_keepAlive && !_broken && (!x.RequestBody.IsComplete || x.Refused);
        x.Session.End(x.RequestBytes, x.ResponseBytes);
        _begun = false;
        _exchange = null;
        x.Reset();
        _services.Exchanges.Return(x);
    }

    private async Task CloseAsync()
    {
        if (_aborts)
        {
            _connection.Abort(new ConnectionAbortedException("The answer broke off."));
            return;
        }

        if (!_watch.IsCut && (_lingers || HasInput()))
        {
            _watch.Closing(TrafficDefaults.LingerTime);
            while (!_watch.IsOver)
            {
                var read = await _input.ReadAsync();
                _input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
        }

        var limit = _services.Limits.StreamIdleTimeout;
        _watch.Finishing(limit > TimeSpan.Zero ? limit : TrafficDefaults.IdleTimeout);
    }

    private bool HasInput()
    {
        if (!_input.TryRead(out var read))
        {
            return false;
        }

        _input.AdvanceTo(read.Buffer.Start);
        return !read.Buffer.IsEmpty;
    }

    // After an exception: what a request holds is given back, and its record is not lost.
    private void GiveUp()
    {
        if (_upstream is { } upstream)
        {
            _watch.EndAttempt();
            _upstream = null;
            upstream.Abort();
            upstream.Return(reusable: false);
        }

        if (_exchange is not { } x)
        {
            return;
        }

        _exchange = null;
        if (!_begun)
        {
            x.Reset();
            _services.Exchanges.Return(x);
        }
        else
        {
            // Not to the pool: its body may still be on its way.
            x.UploadStopped = true;
            x.Session.End(x.RequestBytes, x.ResponseBytes);
        }
    }
}
