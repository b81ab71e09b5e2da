using System.Net;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Hostile;

namespace Mesh.Integration.Tests.Pairs;

/// <summary>Every way to fail, over every pair of protocols: the status, and the flag in the log.</summary>
[Collection(PairCollection.Name)]
public sealed class PairFailureTests(PairMesh mesh)
{
    public static TheoryData<string, int> Pairs => PairCollection.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_client_that_leaves_is_logged_499_DC_and_the_upstream_hears_of_it(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        var id = Guid.NewGuid().ToString();
        var before = mesh.V1.Aborted;
        using var leave = new CancellationTokenSource();
        using var request = client.To("/hang", headers: [("x-request-id", id)]);
        var sending = client.SendAsync(request, leave.Token);
        await Wait.UntilAsync(
            "the request is under way",
            TimeSpan.FromSeconds(60),
            () => Task.FromResult(mesh.V1.Hanging > 0),
            CancellationToken.None
        );
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Contains(" 499 DC ", await mesh.LogLineAsync(id), StringComparison.Ordinal);
        await Wait.UntilAsync(
            "the upstream hears",
            TimeSpan.FromSeconds(60),
            () => Task.FromResult(mesh.V1.Aborted > before),
            CancellationToken.None
        );
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_upstream_that_closes_its_connection_is_503_UC_and_one_that_resets_its_stream_UR(string protocol, int port)
    {
        await FailsAsync(protocol, port, "/reset", HttpStatusCode.ServiceUnavailable, port == 80 ? " 503 UC " : " 503 UR ");
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_upstream_that_refuses_the_connection_is_503_UF(string protocol, int port)
    {
        await FailsAsync(protocol, port, "/dead", HttpStatusCode.ServiceUnavailable, " 503 UF");
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_answer_that_breaks_off_does_not_look_whole(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        var id = Guid.NewGuid().ToString();
        using var request = client.To("/break", headers: [("x-request-id", id)]);
        var broken = await Record.ExceptionAsync(async () =>
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            mesh.V1.Break();
            await response.Content.ReadAsByteArrayAsync();
        });
        Assert.True(broken is HttpRequestException or HttpIOException, $"{broken}");
        Assert.Contains(" UC ", await mesh.LogLineAsync(id), StringComparison.Ordinal);
        Assert.Equal("v1", (await client.EchoAsync("/")).Version);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Failures_leave_the_proxy_sound(string protocol, int port)
    {
        using var client = mesh.Client(protocol, port);
        await Task.WhenAll(
            Enumerable
                .Range(0, 40)
                .Select(async i =>
                {
                    using var request = client.To(i % 2 == 0 ? "/reset" : "/dead");
                    using var response = await client.SendAsync(request);
                    Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
                })
        );
        Assert.Equal("v1", (await client.EchoAsync("/")).Version);
        mesh.Sidecar.Process.CheckSound("failures");
    }

    private async Task FailsAsync(string protocol, int port, string path, HttpStatusCode status, string logged)
    {
        using var client = mesh.Client(protocol, port);
        var id = Guid.NewGuid().ToString();
        using var request = client.To(path, headers: [("x-request-id", id)]);
        using var response = await client.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
        Assert.Contains(logged, await mesh.LogLineAsync(id), StringComparison.Ordinal);
    }
}
