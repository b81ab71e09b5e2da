using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Tests.Harness;

/// <summary>
/// A path of an application whose answers wait until the test lets so many of them go. Each answer names the connection that carried it;
/// <c>x-status</c> asks for its status.
/// </summary>
internal sealed class Gate : IDisposable
{
    public const string Path = "/gated";

    private readonly SemaphoreSlim _places = new(0);
    private int _waiting;

    /// <summary>Requests that have arrived and wait.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void Release(int requests) => _places.Release(requests);

    public void AddTo(IApplicationBuilder app) =>
        app.Map(
            Path,
            branch =>
                branch.Run(async context =>
                {
                    Interlocked.Increment(ref _waiting);
                    try
                    {
                        await _places.WaitAsync(context.RequestAborted);
                    }
                    finally
                    {
                        Interlocked.Decrement(ref _waiting);
                    }

                    if (int.TryParse(context.Request.Headers["x-status"], out var status))
                    {
                        context.Response.StatusCode = status;
                    }

                    await context.Response.WriteAsync(context.Connection.Id);
                })
        );

    public void Dispose() => _places.Dispose();
}
