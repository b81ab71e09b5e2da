using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Tests.Harness;

/// <summary>A path of an application whose answers wait until the test lets them go.</summary>
internal sealed class HeldPath
{
    public const string Path = "/held";
    public const string Answer = "held to the end";

    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;

    /// <summary>Requests that have arrived and wait.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void Release() => _released.TrySetResult();

    public void AddTo(IApplicationBuilder app) =>
        app.Map(
            Path,
            branch =>
                branch.Run(async context =>
                {
                    Interlocked.Increment(ref _waiting);
                    await _released.Task.WaitAsync(context.RequestAborted);
                    await context.Response.WriteAsync(Answer);
                })
        );
}
