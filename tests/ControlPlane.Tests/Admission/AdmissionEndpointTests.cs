using System.Text;
using System.Text.Json.Nodes;
using Mesh.ApiServerDouble;
using Mesh.ControlPlane.Admission;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Tests.Translation;
using Mesh.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Admission;

/// <summary>Reviews as API servers of all ages send them, and what is no review.</summary>
public sealed class AdmissionEndpointTests
{
    private static readonly string Broken = Given.Rule("rule", "shop", "books").Replace("RANDOM", "FASTEST", StringComparison.Ordinal);

    [Theory]
    [InlineData("admission.k8s.io/v1", false)]
    [InlineData("admission.k8s.io/v1", true)]
    [InlineData("admission.k8s.io/v1beta1", false)]
    [InlineData("admission.k8s.io/v1beta1", true)]
    public async Task A_review_is_answered_in_its_own_version_with_its_uid_dry_run_or_not(string version, bool dryRun)
    {
        var (code, answer) = await PostAsync(Review(version, Broken, dryRun).ToJsonString());
        Assert.Equal(200, code);
        var review = JsonNode.Parse(answer)!;
        Assert.Equal(
            (version, "AdmissionReview", "an-id"),
            (Text(review, "apiVersion"), Text(review, "kind"), Text(review["response"], "uid"))
        );
        Assert.False((bool)review["response"]!["allowed"]!);
        Assert.Equal(422, (int)review["response"]!["status"]!["code"]!);
        Assert.Contains("FASTEST", Text(review["response"]!["status"], "message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v2","request":{"uid":"a"}}""")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1"}""")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","request":{}}""")]
    [InlineData("""{"apiVersion":"admission.k8s.io/v1","request":{"uid":7}}""")]
    public async Task What_is_no_review_is_told_so(string body) => Assert.Equal(400, (await PostAsync(body)).Code);

    [Fact]
    public async Task A_refusal_of_an_object_with_thousands_of_mistakes_is_of_a_length_that_people_read()
    {
        var item = YamlObjects.Read(Broken).Single();
        for (var i = 0; i < 5000; i++)
        {
            item["spec"]![$"mistake-{i}"] = new string('x', 100);
        }

        var (_, answer) = await PostAsync(Review("admission.k8s.io/v1", item, false).ToJsonString());
        var message = Text(JsonNode.Parse(answer)!["response"]!["status"], "message");
        Assert.InRange(message.Length, 1000, 4200);
        Assert.Matches("; and [0-9]{4} more$", message);
        var causes = JsonNode.Parse(answer)!["response"]!["status"]!["details"]!["causes"]!.AsArray();
        Assert.InRange(causes.Sum(cause => Text(cause, "field").Length + Text(cause, "message").Length), 1000, 4200);
        Assert.Matches("^has [0-9]{4} more problems", Text(causes[^1], "message"));
    }

    [Fact]
    public async Task A_replica_that_ends_has_the_API_server_call_another_one_next()
    {
        using var ending = new CancellationTokenSource();
        var review = Review("admission.k8s.io/v1", Broken, false).ToJsonString();
        Assert.Equal("", (await AnswerAsync(review, ending.Token)).Response.Headers.Connection.ToString());
        await ending.CancelAsync();
        var last = await AnswerAsync(review, ending.Token);
        Assert.Equal((200, "close"), (last.Response.StatusCode, last.Response.Headers.Connection.ToString()));
    }

    // `kubectl edit` shows nothing of a refusal but these.
    [Fact]
    public async Task A_refusal_names_each_field_and_the_object_as_the_API_server_does_by_itself()
    {
        var item = YamlObjects.Read(Broken).Single();
        item["spec"]!["mistake"] = "x";
        var review = Review("admission.k8s.io/v1", item, false);
        review["request"]!["name"] = "rule";
        review["request"]!["kind"] = new JsonObject
        {
            ["group"] = "networking.istio.io",
            ["version"] = "v1",
            ["kind"] = "DestinationRule",
        };
        var (_, answer) = await PostAsync(review.ToJsonString());
        var details = JsonNode.Parse(answer)!["response"]!["status"]!["details"]!;
        Assert.Equal(
            ("DestinationRule", "networking.istio.io", "rule"),
            (Text(details, "kind"), Text(details, "group"), Text(details, "name"))
        );
        var causes = details["causes"]!.AsArray();
        Assert.Equal(
            ["spec.mistake", "spec.trafficPolicy.loadBalancer.simple"],
            causes.Select(cause => Text(cause, "field")).Order(StringComparer.Ordinal)
        );
        Assert.All(causes, cause => Assert.EndsWith("]", Text(cause, "message"), StringComparison.Ordinal));
    }

    private static JsonObject Review(string version, string yaml, bool dryRun) => Review(version, YamlObjects.Read(yaml).Single(), dryRun);

    private static JsonObject Review(string version, JsonObject item, bool dryRun) =>
        new()
        {
            ["apiVersion"] = version,
            ["kind"] = "AdmissionReview",
            ["request"] = new JsonObject
            {
                ["uid"] = "an-id",
                ["operation"] = "CREATE",
                ["dryRun"] = dryRun,
                ["object"] = item,
            },
        };

    private static async Task<(int Code, string Body)> PostAsync(string body)
    {
        var http = await AnswerAsync(body, CancellationToken.None);
        return (http.Response.StatusCode, Encoding.UTF8.GetString(((MemoryStream)http.Response.Body).ToArray()));
    }

    private static async Task<HttpContext> AnswerAsync(string body, CancellationToken ending)
    {
        var endpoint = new AdmissionEndpoint(
            new MeshStore(),
            MeshSettings.Default,
            new(new MetricRegistry()),
            NullLogger<AdmissionEndpoint>.Instance,
            ending
        );
        var http = new DefaultHttpContext();
        http.Request.Method = "POST";
        http.Request.Path = AdmissionEndpoint.Path;
        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        http.Response.Body = new MemoryStream();
        await endpoint.AnswerAsync(http);
        return http;
    }

    private static string Text(JsonNode? of, string name) => (string?)of?[name] ?? "";
}
