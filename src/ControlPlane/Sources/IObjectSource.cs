namespace Mesh.ControlPlane.Sources;

/// <summary>Where objects come from. Used by one reader.</summary>
internal interface IObjectSource
{
    /// <summary>Completes when something may have changed since the last read; at once if it already has.</summary>
    Task WaitForSignalAsync(CancellationToken cancellationToken);

    /// <summary>Reads everything that changed. The first read is complete.</summary>
    Task<SourceState> ReadAsync(CancellationToken cancellationToken);
}
