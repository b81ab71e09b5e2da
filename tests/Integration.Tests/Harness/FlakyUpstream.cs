using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Tests.Harness;

/// <summary>An application that fails when the test says so, over HTTP/1.1, HTTP/2 and gRPC.</summary>
internal sealed class FlakyUpstream : IAsyncDisposable
{
    private readonly string _version;
    private int _failWith;
    private int _requests;

    private FlakyUpstream(string version) => _version = version;

    public EchoUpstream App { get; private set; } = null!;

    /// <summary>Requests that reached it, failed ones included.</summary>
    public int Requests => Volatile.Read(ref _requests);

    public static async Task<FlakyUpstream> StartAsync(string version)
    {
        var flaky = new FlakyUpstream(version);
        flaky.App = await EchoUpstream.StartAsync(version, app => app.Use(flaky.AnswerAsync));
        return flaky;
    }

    /// <summary>From now on answers so; gRPC calls with UNAVAILABLE for 503, without a message, and with INTERNAL, after one, for others.</summary>
    public void FailWith(int status) => Volatile.Write(ref _failWith, status);

    public void Heal() => FailWith(0);

    public ValueTask DisposeAsync() => App.DisposeAsync();

    private async Task AnswerAsync(HttpContext context, Func<Task> echo)
    {
        Interlocked.Increment(ref _requests);
        var status = Volatile.Read(ref _failWith);
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true)
        {
            await AnswerCallAsync(context.Response, status);
        }
        else if (status != 0)
        {
            context.Response.StatusCode = status;
        }
        else
        {
            await echo();
        }
    }

    private async Task AnswerCallAsync(HttpResponse response, int status)
    {
        response.ContentType = "application/grpc";
        if (status == 503)
        {
            response.Headers["grpc-status"] = "14";
            return;
        }

        response.Headers["x-who"] = _version;
        await response.Body.WriteAsync(new byte[5]);
        response.AppendTrailer("grpc-status", status == 0 ? "0" : "13");
    }
}
