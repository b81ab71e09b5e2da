namespace Mesh.ControlPlane.Delivery;

/// <summary>What one client has of one type, at one moment: an immutable row of <c>/debug/syncz</c>.</summary>
internal sealed record TypeStatus(string TypeUrl)
{
    public string SentVersion { get; init; } = "";

    public string SentNonce { get; init; } = "";

    public DateTimeOffset? SentAt { get; init; }

    /// <summary>In the last response.</summary>
    public int Resources { get; init; }

    /// <summary>The state of the mesh the last response was made from.</summary>
    public string ViewVersion { get; init; } = "";

    public string AckedVersion { get; init; } = "";

    public DateTimeOffset? AckedAt { get; init; }

    /// <summary>The client's reason for the last NACK; it stays visible after a later ACK.</summary>
    public string NackError { get; init; } = "";

    public string NackedVersion { get; init; } = "";

    public DateTimeOffset? NackedAt { get; init; }

    public bool AnsweredLast { get; init; }

    public bool RefusedLast { get; init; }

    /// <summary>SYNCED, STALE (no answer yet), NOT SENT or ERROR (refused), the words of istioctl proxy-status.</summary>
    public string State =>
        SentAt is null ? "NOT SENT"
        : !AnsweredLast ? "STALE"
        : RefusedLast ? "ERROR"
        : "SYNCED";
}
