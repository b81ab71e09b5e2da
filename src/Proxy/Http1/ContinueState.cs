namespace Mesh.Proxy.Http1;

/// <summary>
/// Keeps the books of one request's <c>Expect: 100-continue</c> (RFC 9110 section 10.1.1): whether a 100 goes to the client, and whether its
/// connection can be kept although nobody knows if the body will come.
/// </summary>
internal struct ContinueState(bool expects, bool hasBody)
{
    private readonly bool _hasBody = hasBody;
    private bool _waiting = expects && hasBody;

    /// <summary>The client waits for our word before it sends its body.</summary>
    public readonly bool IsWaiting => _waiting;

    /// <summary>A body byte came: the client did not wait, or waits no longer.</summary>
    public void BodyBegan() => _waiting = false;

    /// <summary>The upstream sent 100. True where it goes on to the client; a client that does not wait needs none.</summary>
    public bool TakeContinue()
    {
        var waiting = _waiting;
        _waiting = false;
        return waiting;
    }

    /// <summary>
    /// The final answer is about to go out. False where the connection must be closed behind it: a client that still waits may send its body or
    /// the next request, and the bytes would not tell which.
    /// </summary>
    /// <param name="bodyComplete">The request's whole body has been read.</param>
    public readonly bool CanKeepAlive(bool bodyComplete) => !_hasBody || (bodyComplete && !_waiting);
}
