using System.Net;
using System.Text;
using Mesh.ControlPlane.Admission;
using Mesh.ControlPlane.Model;
using Mesh.Metrics;
using Mesh.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Admission;

/// <summary>Reviews that would cost more than they say, at a server that by itself has no limit of bodies.</summary>
[Collection(nameof(Alone))]
public sealed class AdmissionLimitTests : IAsyncLifetime
{
    private readonly MetricRegistry _metrics = new();
    private WebApplication _app = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        _app = builder.Build();
        var endpoint = new AdmissionEndpoint(new MeshStore(), MeshSettings.Default, new(_metrics), NullLogger<AdmissionEndpoint>.Instance);
        _app.Run(endpoint.AnswerAsync);
        await _app.StartAsync();
    }

    [Fact]
    public async Task A_body_without_end_is_refused()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await PostAsync(new string(' ', AdmissionEndpoint.LargestReview + 1)));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 64 * 1024 * 1024);
        Assert.Contains("galley_validation_http_error 1\n", _metrics.ToText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public async Task Depth_is_refused(string open, string close) =>
        Assert.Equal(
            HttpStatusCode.BadRequest,
            await PostAsync(string.Concat(Enumerable.Repeat(open, 100_000)) + "1" + string.Concat(Enumerable.Repeat(close, 100_000)))
        );

    [Fact]
    public async Task An_object_of_three_megabytes_is_judged()
    {
        var filling = new string('x', 3 * 1024 * 1024);
        var review =
            """{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","operation":"CREATE","object":{"apiVersion":"networking.istio.io/v1","kind":"Sidecar","metadata":{"name":"a","namespace":"b","annotations":{"filling":"FILLING"}},"spec":{}}}}""";

        Assert.Equal(HttpStatusCode.OK, await PostAsync(review.Replace("FILLING", filling, StringComparison.Ordinal)));
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    private async Task<HttpStatusCode> PostAsync(string body)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(new Uri(_app.Urls.First()), AdmissionEndpoint.Path))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        // An answer to what is too large comes before it, and the connection ends.
        request.Headers.ExpectContinue = true;
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
