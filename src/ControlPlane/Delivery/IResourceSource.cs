namespace Mesh.ControlPlane.Delivery;

/// <summary>Where the streams read the latest state and wait for the next; <see cref="ResourceStore"/> is the one in production.</summary>
internal interface IResourceSource
{
    /// <summary>The latest state; null until the first is published, and until then no request is answered.</summary>
    IResourceView? Current { get; }

    /// <summary>Completes as soon as <see cref="Current"/> is another object than <paramref name="seen"/>, at once if it is already.</summary>
    Task WaitForChangeAsync(IResourceView? seen, CancellationToken cancellationToken);
}
