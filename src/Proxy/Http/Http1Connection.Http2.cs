using System.Buffers;
using System.Net;
using System.Text;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Http;

// To an upstream that speaks HTTP/2: .NET's client carries the attempt, everything else is as with HTTP/1.1. What it allocates is the price of
// a pair that meshes seldom have.
internal sealed partial class Http1Connection
{
    private Task _uploading = Task.CompletedTask;

    private async Task AttemptOverHttp2Async(Http1Exchange x)
    {
        var session = x.Session;
        var attempt = new Http2Attempt();
        x.BeginAttempt();
        _uploading = Task.CompletedTask;
        try
        {
            if (!_watch.BeginAttempt(attempt, connected: false) || !await ContinueAsync(x))
            {
                x.Failure = x.Failure == Failure.None ? WhyBroken(x) : x.Failure;
            }
            else if (!Http2Lease.TryTake(session.Cluster, session.Endpoint, UpstreamDialer.CreateHandler, out var lease))
            {
                x.Failure = Failure.Overflow;
            }
            else
            {
                using (lease)
                {
                    await ExchangeAsync(x, lease.Handler, attempt);
                }
            }
        }
        catch (UriFormatException)
        {
            // Such as OPTIONS *: .NET's client has no way to ask for what has no path.
            x.Failure = Failure.ClientProtocolError;
        }
        catch (Exception error) when (error is HttpRequestException || IsBrokenConnection(error))
        {
            session.Record.ConnectError ??= UpstreamConnectException.In(error)?.Message;
            if (x.Failure == Failure.None)
            {
                var why = WhyBroken(x);
                x.Failure = why == Failure.UpstreamReset ? ForwarderFailure.OfSending(error) : why;
            }
        }

        // The upstream may have answered without reading on; nothing of ours is read or written for it any more when this is over.
        StopUpload(x, attempt);
        await _uploading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        EndWatch(x);
        session.EndAttempt(x.Failure, nothingSent: x.Failure is Failure.ConnectFailed or Failure.ConnectTimeout or Failure.Overflow);
        AfterAttempt(x);
    }

    private async Task ExchangeAsync(Http1Exchange x, Http2Handler handler, Http2Attempt attempt)
    {
        using var message = MessageOf(x, attempt);
        using var response = await handler.SendAsync(message, attempt.Stopped);
        if (!Http2Response.TryLength(response, out var length) || Http2Response.IsTooLarge(response, _services.Limits))
        {
            x.Failure = Failure.UpstreamProtocolError;
            return;
        }

        var tunnel = x.Upgrading && response.StatusCode == HttpStatusCode.OK;
        var status = tunnel ? (int)HttpStatusCode.SwitchingProtocols : (int)response.StatusCode;
        var facts = Http2Response.Fill(x.Response, response, status, length);
        var step = tunnel ? ShowSwitch(x, facts) : Show(x, facts);
        var body = await response.Content.ReadAsStreamAsync(attempt.Stopped);
        if (step == HeadStep.Tunnel)
        {
            await TunnelAsync(x, new Http2Tunnel(body, attempt), attempt);
        }
        else if (step == HeadStep.Deliver)
        {
            await DeliverAsync(x, response, body, attempt);
        }
    }

    // As Envoy does by default, the client is told to go on from here: .NET's client does not say when its upstream does.
    private async Task<bool> ContinueAsync(Http1Exchange x)
    {
        var state = x.Continue;
        if (!state.TakeContinue())
        {
            return true;
        }

        x.Continue = state;
        _watch.RespondingInterim();
        _output.Write("HTTP/1.1 100 Continue\r\n\r\n"u8);
        return await FlushedAsync(x);
    }

    private async Task DeliverAsync(Http1Exchange x, HttpResponseMessage response, Stream body, Http2Attempt attempt)
    {
        while (!IsLastPiece(x))
        {
            if (!MoveBody(x))
            {
                return;
            }

            if (_unflushed > 0 && !await FlushedAsync(x))
            {
                return;
            }

            var count = await body.ReadAsync(x.In.Free(), attempt.Stopped);
            if (count == 0)
            {
                Http2Response.Fill(x.Trailers, response);
            }

            TakeBody(x, count, direct: false);
        }

        await DeliverLastAsync(x, response, body, attempt);
    }

    private static bool IsLastPiece(Http1Exchange x) =>
        x.ResponseBody.Kind == Http1BodyKind.Fixed && x.Failure == Failure.None && x.In.Unread.Length >= x.ResponseBody.Remaining;

    // .NET's client passes on more than the head has announced. What is known by now to be too long does not reach the client whole.
    private async Task DeliverLastAsync(Http1Exchange x, HttpResponseMessage response, Stream body, Http2Attempt attempt)
    {
        if (x.In.Unread.Length > x.ResponseBody.Remaining)
        {
            x.Failure = Failure.UpstreamProtocolError;
            return;
        }

        var behind = body.ReadAsync(x.In.Free(), attempt.Stopped);
        if (!behind.IsCompleted)
        {
            MoveBody(x);
            if (_unflushed > 0 && !await FlushedAsync(x))
            {
                attempt.Abort();
            }
        }

        if (await behind > 0)
        {
            x.Failure = Failure.UpstreamProtocolError;
            return;
        }

        MoveBody(x);
        Http2Response.Fill(x.Trailers, response);
        TakeStatus(x, x.Trailers);
    }

    private HttpRequestMessage MessageOf(Http1Exchange x, Http2Attempt attempt)
    {
        var session = x.Session;
        var endpoint = session.Endpoint;
        var length = x.RequestBody.Kind == Http1BodyKind.Fixed ? x.RequestFacts.ContentLength : -1;
        var message = new HttpRequestMessage
        {
            Method = x.Upgrading ? HttpMethod.Connect : HttpMethod.Parse(Encoding.Latin1.GetString(x.Head.Method)),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content =
                x.RequestBody.Kind == Http1BodyKind.None
                    ? null
                    : new Http1Upload(length, (stream, _) => _uploading = UploadAsync(x, stream, attempt)),
        };
        UpstreamMessage.Fill(message, session, endpoint.State.Connections.UriPrefix(endpoint.Address), http2: true);
        if (x.Upgrading)
        {
            // RFC 8441 section 5: the key and its answer belong to HTTP/1.1.
            message.Headers.Protocol = "websocket";
            message.Headers.Remove("sec-websocket-key");
        }

        message.Headers.ExpectContinue = null;
        _watch.Waiting(x.RequestBody.IsComplete, session.Timeout, session.TryTimeout);
        return message;
    }

    private HeadStep ShowSwitch(Http1Exchange x, in Http1HeadFacts facts)
    {
        if (!x.Session.TakeHead((int)HttpStatusCode.SwitchingProtocols, -1))
        {
            return HeadStep.Drop;
        }

        _watch.Tunnel();
        x.Downstream = Http1BodyLength.Tunnel;
        var writer = new Http1HeadWriter(_output, x.Session.ResponseEdits(new(x.Response)));
        writer.Response(x.Response, facts, x.Downstream, Http1Persistence.Upgrade);
        writer.Field("upgrade"u8, "websocket"u8);
        if (x.Head.TryGet("sec-websocket-key"u8, out var key))
        {
            Span<byte> accept = stackalloc byte[WebSocketAccept.Bytes];
            WebSocketAccept.Write(key, accept);
            writer.Field("sec-websocket-accept"u8, accept);
        }

        WriteServiceTime(ref writer, x);
        writer.End();
        _unflushed++;
        return HeadStep.Tunnel;
    }

    // Called again by .NET's client where the upstream refused the stream, which is only possible while all of it is still here.
    private async Task UploadAsync(Http1Exchange x, Stream upstream, Http2Attempt attempt)
    {
        attempt.Stopped.ThrowIfCancellationRequested();
        _watch.Connected();
        if (!x.Session.Replayable && x.Body.Length == 0 && x.RequestBody.Bytes > 0)
        {
            throw new HttpRequestException("The request's body has gone and cannot be sent again.");
        }

        try
        {
            await upstream.WriteAsync(x.Body.All, attempt.Stopped);
            KeepOrForget(x);
            while (!x.RequestBody.IsComplete && !x.UploadStopped)
            {
                await upstream.FlushAsync(attempt.Stopped);
                var read = await _input.ReadAsync();
                if (!TakeUpload(x, read.Buffer, read.IsCompleted, attempt))
                {
                    break;
                }

                await upstream.WriteAsync(x.Body.Unsent, attempt.Stopped);
                KeepOrForget(x);
            }

            if (!x.RequestBody.IsComplete)
            {
                // .NET's client takes a return for the body's end.
                throw new OperationCanceledException("The body is not sent to its end.");
            }

            _watch.RequestEnded(x.Session.Timeout, x.Session.TryTimeout);
        }
        catch (Exception error)
            when (error
                    is Microsoft.AspNetCore.Connections.ConnectionResetException
                        or Microsoft.AspNetCore.Connections.ConnectionAbortedException
            )
        {
            FailUpload(x, Failure.ClientAbort, attempt);
        }
    }
}
