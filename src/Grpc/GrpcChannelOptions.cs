using System.Net;

namespace Mesh.Grpc;

/// <summary>Start-up settings of a <see cref="GrpcChannel"/>.</summary>
public sealed record GrpcChannelOptions
{
    /// <summary>The largest response message, in bytes; default 4 MiB as in gRPC, range 0 to 2147483647. A larger one ends the call with RESOURCE_EXHAUSTED.</summary>
    public int MaxReceiveMessageSize { get; init; } = 4 * 1024 * 1024;

    /// <summary>The largest request message, in bytes; default 2147483647 (no limit), range 0 to 2147483647.</summary>
    public int MaxSendMessageSize { get; init; } = int.MaxValue;

    /// <summary>How long TCP and TLS may take to connect; default 5 s, more than 0.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Silence after which a PING asks whether the server still lives; default 30 s, at least 1 s, or infinite for no pings.
    /// gRPC servers on C-core and Go end connections that ping more often than they allow (every 5 min unless they say otherwise).
    /// </summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the answer to a PING may take before the connection counts as dead and its calls end with UNAVAILABLE; default 10 s, at least 1 s.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether pings are sent while no call is open; default false.</summary>
    public bool KeepAliveWithoutCalls { get; init; }

    /// <summary>How long a connection without calls stays open; default 5 min, more than 0.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The <c>user-agent</c> of every call; default <c>grpc-mesh</c>.</summary>
    public string UserAgent { get; init; } = "grpc-mesh";

    /// <summary>Opens the connections; default null, a socket to the address's host and port.</summary>
    public Func<DnsEndPoint, CancellationToken, ValueTask<Stream>>? Dial { get; init; }

    /// <summary>TLS and mTLS of an <c>https</c> address; default null, the system's roots and no client certificate.</summary>
    public GrpcTlsOptions? Tls { get; init; }

    /// <summary>The clock of deadlines; default the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(MaxReceiveMessageSize);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxSendMessageSize);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(ConnectTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(IdleTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(KeepAliveTimeout, TimeSpan.FromSeconds(1));
        if (KeepAliveInterval != Timeout.InfiniteTimeSpan)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(KeepAliveInterval, TimeSpan.FromSeconds(1));
        }
    }
}
