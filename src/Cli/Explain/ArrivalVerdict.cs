using Mesh.Proxy;

namespace Mesh.Cli.Explain;

/// <summary>What comes of a request, or connection, where it arrives.</summary>
/// <param name="Text">In words.</param>
/// <param name="Failure">Null where it passes.</param>
internal sealed record ArrivalVerdict(string Text, ExplainedFailure? Failure)
{
    public static ArrivalVerdict Passes { get; } = new("passes", null);

    public static ArrivalVerdict Refused(Failure failure, string reason, string details, bool http)
    {
        var entry = FailureTable.Of(failure);
        return http
            ? Refused(entry.Status, reason, details, ResponseFlagText.Of(entry.Flags))
            : new($"closed: {reason}", new(ResponseFlagText.Of(entry.Flags), 0, details));
    }

    public static ArrivalVerdict Refused(int status, string reason, string details, string flag = "-") =>
        new($"refused with {status}: {reason}", new(flag, status, details));
}
