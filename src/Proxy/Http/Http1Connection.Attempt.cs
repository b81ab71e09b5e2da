using Mesh.Proxy.Http1;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Http;

// How attempts end.
internal sealed partial class Http1Connection
{
    // Whoever closes a connection from here says why before; else it was the upstream.
    private Failure WhyBroken(Http1Exchange x) =>
        x.UploadFailure != Failure.None ? x.UploadFailure
        : _watch.IsCut ? Failure.Draining
        : _watch.ClientGone ? Failure.ClientAbort
        : _watch.Stalled
            ? x.RequestBody.IsComplete ? Failure.StreamIdle
                : Failure.RequestStalled
        : _watch.TimedOut ? Failure.RequestTimeout
        : _watch.TryTimedOut ? Failure.TryTimeout
        : x.Session.Responded ? Failure.UpstreamBrokeOff
        : Failure.UpstreamReset;

    /// <summary>The attempt is over, whatever it came to.</summary>
    private void EndAttempt(Http1Exchange x, UpstreamConnection upstream, HeadStep step)
    {
        if (step == HeadStep.More)
        {
            step = HeadStep.Failed; // the client left while an interim answer went to it
        }

        var open = EndWatch(x);
        var reusable =
            open
            && x.Failure == Failure.None
            && step is HeadStep.Deliver or HeadStep.Drop
            && x.ResponseBody.IsComplete
            && x.ResponseBody.Kind != Http1BodyKind.UntilClose
            && x.In.IsEmpty
            && x.ResponseParser.Facts.KeepsAlive
            && x.RequestBody.IsComplete
            && x.Body.Unsent.IsEmpty
            && !x.UploadBroken
            && !x.UploadStopped;
        var ended = x.Failure == Failure.None && (step == HeadStep.Tunnel || x.ResponseBody.IsComplete);
        if (!ended)
        {
            upstream.Abort();
        }

        // Afterwards it is somebody else's.
        var (nothingSent, reused) = (!upstream.HasSent, upstream.IsReused);
        _upstream = null;
        upstream.Return(reusable);
        x.Session.EndAttempt(x.Failure, nothingSent, reused);
        AfterAttempt(x);
    }

    private void AfterAttempt(Http1Exchange x)
    {
        var session = x.Session;
        if (session.Responded)
        {
            _broken |= x.Failure != Failure.None;
        }
        else if (x.UploadFailure == Failure.ClientProtocolError && session.Step == RequestStep.Answer)
        {
            session.Refuse(x.RequestBody.Refusal.Status, x.RequestBody.Refusal.Sentence);
        }
    }

    private void NotRented(Http1Exchange x, in Rented rented)
    {
        x.Session.Record.ConnectError = rented.Error;
        var failure = rented.Failure == Failure.None ? WhyBroken(x) : rented.Failure;
        EndWatch(x);
        x.Session.EndAttempt(failure, nothingSent: true);
    }

    // False where the attempt was given up from outside. What its time cancelled must not cancel the next.
    private bool EndWatch(Http1Exchange x)
    {
        var open = _watch.EndAttempt();
        if (!open && !_watch.IsOver)
        {
            x.DropCancellation();
            _watch.Renew(x.Cancellation);
        }

        return open;
    }
}
