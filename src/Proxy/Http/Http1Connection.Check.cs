using System.Buffers;

namespace Mesh.Proxy.Http;

// Questions to services that decide about requests.
internal sealed partial class Http1Connection
{
    private async ValueTask CheckAsync(Http1Exchange x)
    {
        var session = x.Session;
        var question = session.Check;
        var check = question.Check;
        if (check.BodyBytes > 0)
        {
            if (!await ReadForCheckAsync(x, check.BodyBytes))
            {
                return;
            }

            var seen = x.Seen!.WrittenMemory;
            var partial = !x.RequestBody.IsComplete || seen.Length > check.BodyBytes;
            if (partial && !check.AllowPartialBody)
            {
                session.RefuseBody();
                return;
            }

            question = question with { Body = seen[..Math.Min(seen.Length, check.BodyBytes)], BodyIsPartial = partial };
        }

        try
        {
            session.Checked(
                _services.Authorizer is { } authorizer ? await authorizer.CheckAsync(question, x.Cancellation.Token) : CheckOutcome.Failed
            );
        }
        catch (OperationCanceledException)
        {
            session.Abandon(WhyBroken(x));
        }
    }

    // False where the request is over. What is read stays for the attempts; how much that is, the check says.
    private async ValueTask<bool> ReadForCheckAsync(Http1Exchange x, int most)
    {
        while (!x.RequestBody.IsComplete && x.Seen!.WrittenCount <= most)
        {
            if (x.Continue.IsWaiting)
            {
                var next = x.Continue;
                next.TakeContinue();
                x.Continue = next;
                _watch.RespondingInterim();
                _output.Write("HTTP/1.1 100 Continue\r\n\r\n"u8);
                await _output.FlushAsync();
            }

            var read = await _input.ReadAsync();
            var sound = AppendBody(x, read.Buffer, out var consumed, int.MaxValue);
            _input.AdvanceTo(consumed, x.RequestBody.IsComplete ? consumed : read.Buffer.End);
            if (!sound)
            {
                x.UploadFailure = Failure.ClientProtocolError;
                x.Session.Refuse(x.RequestBody.Refusal.Status, x.RequestBody.Refusal.Sentence);
                return false;
            }

            if (_watch.IsOver || (read.IsCompleted && !x.RequestBody.IsComplete))
            {
                x.Session.Abandon(_watch.IsOver ? WhyBroken(x) : Failure.ClientAbort);
                return false;
            }
        }

        return true;
    }
}
