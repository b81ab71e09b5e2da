using System.Text;
using Mesh.Injector.Admission;
using Mesh.Injector.Cluster;
using Mesh.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Injector.Tests.Admission;

/// <summary>Bodies of <c>/inject</c> that are no reviews: answered as such before anything is decided.</summary>
public sealed class HostileReviewTests
{
    [Theory]
    [InlineData("[", "]")]
    [InlineData("{\"a\":", "}")]
    public async Task Depth_is_refused(string open, string close)
    {
        const int Depth = 1_000_000;
        var body = string.Concat(Enumerable.Repeat(open, Depth)) + "1" + string.Concat(Enumerable.Repeat(close, Depth));

        Assert.Equal(StatusCodes.Status400BadRequest, await PostAsync(Encoding.UTF8.GetBytes(body)));
    }

    [Fact]
    public async Task Bytes_of_any_kind_are_refused()
    {
        var random = new Random(20261121);
        for (var i = 0; i < 200; i++)
        {
            var body = new byte[random.Next(2000)];
            random.NextBytes(body);
            Assert.Equal(StatusCodes.Status400BadRequest, await PostAsync(body));
        }
    }

    private static async Task<int> PostAsync(byte[] body)
    {
        var endpoint = new AdmissionEndpoint(
            () => throw new InvalidOperationException("There is nothing to decide."),
            new NamespaceLookup(null, NullLogger<NamespaceLookup>.Instance),
            new InjectionMetrics(new MetricRegistry()),
            NullLogger<AdmissionEndpoint>.Instance
        );
        var http = new DefaultHttpContext();
        http.Request.Body = new MemoryStream(body);
        await endpoint.AnswerAsync(http);
        return http.Response.StatusCode;
    }
}
