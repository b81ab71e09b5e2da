namespace Mesh.ControlPlane.Sources;

/// <summary>Where objects come from. Used by one reader.</summary>
internal interface IObjectSource
{
    /// <summary>Completes when something may have changed since the last read; at once if it already has.</summary>
    Task WaitForSignalAsync(CancellationToken cancellationToken);

    /// <summary>Forgets the signals so far, so that the next wait hears only new ones; what they announced is still read.</summary>
    void Hush();

    /// <summary>Reads everything that changed. The first read is complete.</summary>
    Task<SourceState> ReadAsync(CancellationToken cancellationToken);
}
