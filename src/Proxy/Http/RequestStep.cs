namespace Mesh.Proxy.Http;

/// <summary>What the codec of a request has to do next.</summary>
internal enum RequestStep : byte
{
    /// <summary>Write <see cref="RequestSession.Answer"/> to the client, then call <see cref="RequestSession.Answered"/>.</summary>
    Answer,

    /// <summary>
    /// Ask about <see cref="RequestSession.Check"/>, with the beginning of the body where it wants one, then call
    /// <see cref="RequestSession.Checked"/>.
    /// </summary>
    Check,

    /// <summary>Let <see cref="RequestSession.Delay"/> pass, then call <see cref="RequestSession.Waited"/>.</summary>
    Wait,

    /// <summary>
    /// Send the request to <see cref="RequestSession.Endpoint"/>; show its answer's head to <see cref="RequestSession.TakeHead"/>; say at its
    /// end, whatever it was, <see cref="RequestSession.EndAttempt"/>.
    /// </summary>
    Attempt,

    /// <summary>Nothing: the request is over.</summary>
    End,
}
