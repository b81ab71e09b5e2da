namespace Mesh.ControlPlane.Status;

/// <summary>What came of writing a status.</summary>
internal enum StatusOutcome
{
    Written,

    /// <summary>The server does not take this one: the object changed or went meanwhile, which its watch will say, or it never will.</summary>
    Refused,

    /// <summary>The server takes nothing for the moment.</summary>
    Unavailable,
}
