using System.Buffers;

namespace Mesh.Proxy.Http.Mirrors;

/// <summary>
/// The copies of one request while it runs: its head as it goes to each mirror, and the body as it passes. They leave once the request is
/// forwarded and its body is whole; what comes in between, or grows too large, drops them.
/// </summary>
internal sealed class MirrorCopies(MirrorSender sender, IReadOnlyList<MirrorCopy> copies, TimeSpan timeout)
{
    private readonly ArrayBufferWriter<byte> _body = new();
    private bool _forwarded;
    private bool _complete;
    private bool _over;

    /// <summary>Bytes of the client's body, in their order and each once.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (_over)
        {
            return;
        }

        if (_body.WrittenCount + bytes.Length > MirrorSender.MaxBody || !sender.TryHold(bytes.Length))
        {
            Drop(MirrorResult.TooLarge);
            return;
        }

        _body.Write(bytes);
    }

    /// <summary>The client's body is whole.</summary>
    public void Complete()
    {
        _complete = true;
        SendIfDue();
    }

    /// <summary>The request is on its way to its own destination: no fault and no rule has answered it.</summary>
    public void Forwarded()
    {
        _forwarded = true;
        SendIfDue();
    }

    /// <summary>The request is over; half of one is no copy of it.</summary>
    public void End()
    {
        if (!_over)
        {
            Drop(_forwarded ? MirrorResult.Incomplete : MirrorResult.None);
        }
    }

    private void SendIfDue()
    {
        if (!_over && _forwarded && _complete)
        {
            _over = true;
            sender.Send(copies, _body.WrittenMemory, timeout);
        }
    }

    private void Drop(MirrorResult result)
    {
        _over = true;
        sender.Release(_body.WrittenCount);
        foreach (var copy in copies)
        {
            sender.Count(copy, result);
            copy.Message.Dispose();
        }
    }
}
