namespace Mesh.Grpc;

/// <summary>Limits of one served method.</summary>
public sealed record GrpcServerOptions
{
    /// <summary>The largest request message, in bytes; default 4 MiB as in gRPC, range 0 to 2147483647. A larger one ends the call with RESOURCE_EXHAUSTED.</summary>
    public int MaxReceiveMessageSize { get; init; } = 4 * 1024 * 1024;

    /// <summary>The largest response message, in bytes; default 2147483647 (no limit), range 0 to 2147483647.</summary>
    public int MaxSendMessageSize { get; init; } = int.MaxValue;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(MaxReceiveMessageSize);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxSendMessageSize);
    }
}
