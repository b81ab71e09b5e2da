namespace Mesh.Proxy.Upstream.Retries;

/// <summary>What follows an attempt: its answer or failure goes to the client, or it is tried again after <see cref="Delay"/>.</summary>
/// <param name="Flags">Why it is not tried again although the policy asks for it; none otherwise.</param>
internal readonly record struct AttemptDecision(bool Retry, TimeSpan Delay, ResponseFlags Flags)
{
    public static AttemptDecision Deliver => default;

    public static AttemptDecision After(TimeSpan delay) => new(true, delay, ResponseFlags.None);

    public static AttemptDecision NoMore(ResponseFlags flags) => new(false, default, flags);
}
