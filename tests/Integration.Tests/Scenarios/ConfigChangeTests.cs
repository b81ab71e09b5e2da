using System.Net.Http.Json;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Scenarios;

/// <summary>Configuration changes one after the other, each marked in everything that a rule can touch.</summary>
[Collection(EchoCollection.Name)]
public sealed class ConfigChangeTests(EchoMesh mesh)
{
    private const int Changes = 100;

    private static readonly TimeSpan ChangeLimit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_hundred_changes_under_load_fail_no_request_and_show_none_two_versions()
    {
        await mesh.ApplyRulesAsync(Rules(0));
        using var http1 = new EchoClient(mesh.Client, Protocols.Http1);
        using var http2 = new EchoClient(mesh.Client, Protocols.Http2);
        var newest = 0;
        var answers = await Load.WhileAsync(ChangeAsync, request => AnswerAsync(request % 2 == 0 ? http1 : http2));

        Assert.Equal(["ok"], answers.Keys);
        Assert.Equal(Changes, newest);
        Assert.True(answers["ok"] > Changes, $"only {answers["ok"]} requests");

        // Each change waits for the one before to be in force, so none is skipped.
        async Task ChangeAsync()
        {
            for (var generation = 1; generation <= Changes; generation++)
            {
                mesh.Mesh.Write("scenario.yaml", Objects.VirtualService("echo", "default", "echo", Rules(generation)));
                await Wait.UntilAsync(
                    $"change {generation} in force",
                    ChangeLimit,
                    () => Task.FromResult(Volatile.Read(ref newest) >= generation),
                    CancellationToken.None
                );
            }
        }

        async Task<string> AnswerAsync(EchoClient client)
        {
            try
            {
                using var response = await client.SendAsync("/item");
                if (!response.IsSuccessStatusCode)
                {
                    return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
                }

                var echo = (await response.Content.ReadFromJsonAsync<Echo>())!;
                var answered = int.Parse(string.Join(',', response.Headers.GetValues("x-gen")));
                var seen =
                    $"{echo.Version} {echo.Target} request={echo.Header("x-gen-request")} destination={echo.Header("x-gen-destination")} "
                    + $"answer={string.Join(',', response.Headers.GetValues("x-gen-destination"))}";
                var expected = $"{VersionOf(answered)} /gen-{answered} request={answered} destination={answered} answer={answered}";
                for (var known = Volatile.Read(ref newest); known < answered; known = Volatile.Read(ref newest))
                {
                    Interlocked.CompareExchange(ref newest, answered, known);
                }

                return seen == expected ? "ok" : $"the response is of {answered}, but: {seen}";
            }
            catch (HttpRequestException broken)
            {
                return $"no answer: {broken.Message}";
            }
        }
    }

    private static string VersionOf(int generation) => generation % 2 == 0 ? "v1" : "v2";

    private static string Rules(int generation) =>
        $$"""
                - name: generation-{{generation}}
                  match: [ { uri: { exact: /item } } ]
                  rewrite: { uri: /gen-{{generation}} }
                  headers:
                    request: { set: { x-gen-request: "{{generation}}" } }
                    response: { set: { x-gen: "{{generation}}" } }
                  route:
                    - destination: { host: echo, subset: {{VersionOf(generation)}} }
                      headers:
                        request: { set: { x-gen-destination: "{{generation}}" } }
                        response: { set: { x-gen-destination: "{{generation}}" } }
                - name: rest
                  route: [ { destination: { host: echo } } ]

            """;
}
