namespace Mesh.ControlPlane.Tests.Status;

/// <summary>What a server makes of writing a status.</summary>
internal enum StatusOutcome
{
    Written,
    Refused,
    Unavailable,
}
