namespace Mesh.Proxy.Http;

/// <summary>Asks the services that decide about requests; what they are spoken to with is its own affair.</summary>
internal interface IExternalAuthorizer
{
    /// <summary>Never throws but for the cancellation.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<CheckOutcome> CheckAsync(CheckRequest request, CancellationToken cancellation);
}
