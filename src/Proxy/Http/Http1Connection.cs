using System.IO.Pipelines;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Http1;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Http;

/// <summary>
/// One HTTP/1.1 client's connection, from its first byte to its last: reads a request, does what its <see cref="RequestSession"/> says, moves the
/// bodies both ways, and begins again. One long method whose waits are reads, writes and sends themselves, so that a request that waits
/// allocates nothing; all else is synchronous steps in the other parts of this class.
/// </summary>
internal sealed partial class Http1Connection : IDisposable
{
    // Written but not flushed: above it the client's pace counts before more is read from the upstream.
    private const int MostUnflushed = 32 * 1024;

    private const int FairShare = 1024 * 1024;

    private readonly ConnectionContext _connection;
    private readonly Http1Services _services;
    private readonly ConnectionTarget _target;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly Http1Watch _watch;
    private Http1Exchange? _exchange;
    private int _unflushed;
    private bool _keepAlive;
    private bool _broken;
    private bool _begun;
    private bool _lingers;
    private bool _aborts;
    private int _moved;

    public Http1Connection(ConnectionContext connection, Http1Services services)
    {
        _connection = connection;
        _services = services;
        _target = connection.Features.Get<ConnectionTarget>()!;
        _input = connection.Transport.Input;
        _output = connection.Transport.Output;
        _watch = new Http1Watch(connection, services.Time, services.Limits);
    }

    public ConnectionTarget Target => _target;

    /// <summary>Serves the client until one side has enough; never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            _watch.Start();
            await ServeAsync();
            await CloseAsync();
        }
        catch (Exception error) when (IsBrokenConnection(error))
        {
            _connection.Abort(new ConnectionAbortedException("The client's connection broke."));
        }
        catch (Exception error)
        {
            _services.Failed(error);
            _connection.Abort(new ConnectionAbortedException("The proxy failed."));
        }
        finally
        {
            GiveUp();
            await _connection.DisposeAsync();
            Dispose();
        }
    }

    /// <summary>Says <c>Connection: close</c> with the next response; without a request it ends soon.</summary>
    public void Drain() => _watch.Drain();

    /// <summary>Ends at once.</summary>
    public void Cut() => _watch.Cut();

    public void Dispose() => _watch.Dispose();

    // Sockets that are always ready would keep the thread, which others wait for too.
    private static bool HasHadItsShare(ref int moved, int count)
    {
        moved += Math.Max(count, 0);
        if (moved < FairShare)
        {
            return false;
        }

        moved = 0;
        return true;
    }

    private static bool IsBrokenConnection(Exception error) =>
        error is IOException or OperationCanceledException or ObjectDisposedException or System.Net.Sockets.SocketException;

    private async Task ServeAsync()
    {
        while (true)
        {
            // The next request's first byte. Nothing but the two pipes is held for it.
            _watch.Idle();
            var read = await _input.ReadAsync();
            if (_watch.IsOver || (read.Buffer.IsEmpty && read.IsCompleted))
            {
                _input.AdvanceTo(read.Buffer.End);
                return;
            }

            if (read.Buffer.IsEmpty)
            {
                _input.AdvanceTo(read.Buffer.Start);
                continue;
            }

            // Its head.
            var x = _exchange = _services.Exchanges.Rent();
            var parsed = x.RequestParser.ParseRequest(read.Buffer, "http"u8, x.Head);
            (DateTimeOffset Time, long Ticks)? began = null;
            while (parsed == Http1ParseStatus.NeedMore && !_watch.TimedOut)
            {
                if (began is null)
                {
                    began = (_services.Time.GetUtcNow(), _services.Time.GetTimestamp());
                    _watch.Head();
                }

                _input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.IsCompleted || _watch.IsCut)
                {
                    return;
                }

                read = await _input.ReadAsync();
                parsed = x.RequestParser.ParseRequest(read.Buffer, "http"u8, x.Head);
            }

            var session = x.Session;
            _begun = true;
            BeginRequest(x, parsed, read.Buffer, began);
            while (session.Step != RequestStep.End)
            {
                if (session.Step == RequestStep.Answer)
                {
                    WriteAnswer(x);
                    session.Answered();
                    continue;
                }

                if (session.Step == RequestStep.Check)
                {
                    await CheckAsync(x);
                    continue;
                }

                if (session.Step == RequestStep.Wait)
                {
                    await WaitAsync(x);
                    continue;
                }

                if (session.ToHttp2)
                {
                    await AttemptOverHttp2Async(x);
                    continue;
                }

                // An attempt: a connection,
                var renting = _services.Pools.RentAsync(session.Cluster, session.Endpoint, x.Cancellation.Token);
                if (!renting.IsCompleted)
                {
                    _watch.Waiting(x.RequestBody.IsComplete, session.Timeout, session.TryTimeout);
                }

                var rented = await renting;
                if (rented.Connection is not { } upstream)
                {
                    NotRented(x, rented);
                    continue;
                }

                // the request, as far as it has come,
                var upload = default(ValueTask);
                if (BeginAttempt(x, upstream))
                {
                    try
                    {
                        await upstream.SendAsync(x.Out.Unsent);
                        x.Out.Sent();
                    }
                    catch (Exception error) when (IsBrokenConnection(error))
                    {
                        x.UploadBroken = true;
                    }

                    if (!x.RequestBody.IsComplete && !x.UploadBroken)
                    {
                        upload = UploadAsync(x, upstream);
                    }
                }

                // the response's head, behind any number of interim ones,
                var step = x.Failure == Failure.None ? HeadStep.More : HeadStep.Failed;
                while (step == HeadStep.More)
                {
                    if (_unflushed > 0 && !await FlushedAsync(x))
                    {
                        break;
                    }

                    int count;
                    try
                    {
                        count = await upstream.ReceiveAsync(x.In.Free());
                    }
                    catch (Exception error) when (IsBrokenConnection(error))
                    {
                        count = -1;
                    }

                    step = TakeHead(x, count);
                }

                // and its body, to the client as it comes.
                while (step == HeadStep.Deliver && MoveBody(x))
                {
                    int count;
                    var direct = x.In.IsEmpty && x.ResponseBody.Remaining >= DirectBytes;
                    if ((_unflushed >= MostUnflushed || (direct && _unflushed > 0)) && !await FlushedAsync(x))
                    {
                        break;
                    }

                    var receiving = upstream.ReceiveAsync(direct ? DirectMemory(x) : x.In.Free());
                    try
                    {
                        // What is there goes out while we wait for more.
                        if (!receiving.IsCompleted && _unflushed > 0 && !await FlushedAsync(x))
                        {
                            upstream.Abort();
                        }

                        count = await receiving;
                    }
                    catch (Exception error) when (IsBrokenConnection(error))
                    {
                        count = -1;
                    }

                    TakeBody(x, count, direct);
                    if (HasHadItsShare(ref _moved, count))
                    {
                        await Task.Yield();
                    }
                }

                if (step == HeadStep.Tunnel)
                {
                    await TunnelAsync(x, upstream.Transport, upstream);
                }

                await (upload.IsCompleted ? upload : EndUploadAsync(upload, x, upstream));
                EndAttempt(x, upstream, step);
            }

            FinishRequest(x);
            if (_unflushed > 0 && !await FlushedAsync(x))
            {
                _broken = true;
                x.Session.NotTaken(x.Failure);
            }

            EndRequest(x);
            if (!_keepAlive || _broken)
            {
                return;
            }
        }
    }
}
