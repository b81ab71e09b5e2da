namespace Mesh.Grpc.Tests;

/// <summary>The generous bound within which everything in these tests has to happen.</summary>
internal static class Bound
{
    public static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var bound = new CancellationTokenSource(Generous);
        while (!condition())
        {
            await Task.Delay(5, bound.Token);
        }
    }

    public static Task WithinBound(this Task task) => task.WaitAsync(Generous);

    public static Task<T> WithinBound<T>(this Task<T> task) => task.WaitAsync(Generous);

    public static Task<bool> NextAsync<TRequest, TResponse>(this GrpcDuplexCall<TRequest, TResponse> call)
        where TRequest : class, Google.Protobuf.IMessage<TRequest>
        where TResponse : class, Google.Protobuf.IMessage<TResponse> => call.MoveNextAsync().AsTask().WithinBound();

    public static async Task<GrpcException> FailsAsync(this Task task, GrpcStatusCode code)
    {
        var e = await Assert.ThrowsAsync<GrpcException>(() => task.WithinBound());
        Assert.True(code == e.Status.Code, $"expected {code}, got {e.Status} ({e.InnerException})");
        return e;
    }
}
