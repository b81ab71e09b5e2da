using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Mesh.Cli.Explain;
using Mesh.Cli.Offline;
using Mesh.Config;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Translation;
using Mesh.Proxy;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Http;
using Mesh.Proxy.Routing;
using RuleAction = Mesh.Proxy.Routing.RuleAction;

namespace Mesh.Cli.Tests.Seams.Differential;

/// <summary>
/// From YAML to the proxy's table against an interpreter that knows nothing but the description of VirtualServices: 100,000 requests choose the
/// same rule with the same shares, and <see cref="RouteExplanation"/> tells the same as the table.
/// </summary>
public sealed class RouteDifferentialTests
{
    private const int Cases = 500;
    private const int RequestsPerCase = 200;

    private static readonly ImmutableArray<ConfigObject> World = ObjectParser.Parse("world.yaml", GivenWorld.Yaml).Objects;

    private int ruled;
    private int unruled;

    [Fact]
    public void The_whole_pipeline_decides_as_the_description_says_in_100_000_cases()
    {
        var cases = Arb.From(
            Gen.Choose(0, int.MaxValue - 1).Select(seed => RouteCase.Random(seed, RequestsPerCase)),
            made => made.Smaller()
        );

        Check.One(
            FsCheck.Config.QuickThrowOnFailure.WithMaxTest(Cases).WithReplay(20261121UL, 1UL),
            Prop.ForAll(
                cases,
                made =>
                {
                    if (Difference(made) is { } difference)
                    {
                        Assert.Fail(difference);
                    }
                }
            )
        );

        // The generator is worth something only while rules decide often, and often do not.
        Assert.InRange(ruled, 20_000, 80_000);
        Assert.InRange(unruled, 20_000, 80_000);
    }

    // Null for none.
    private string? Difference(RouteCase made)
    {
        var parsed = ObjectParser.Parse("case.yaml", string.Join("\n---\n", made.Services));
        if (parsed.Diagnostics.FirstOrDefault(d => d.Severity == DiagnosticSeverity.Error) is { } refused)
        {
            return $"refused: {refused}";
        }

        var objects = ObjectSet.From(World.AddRange(parsed.Objects));
        var mesh = new OfflineMesh(objects, Translator.Translate(objects, MeshSettings.Default).Snapshot, []);
        var configs = new Dictionary<string, ProxyConfig>();
        foreach (var request in made.Requests)
        {
            if (!configs.TryGetValue(request.Client, out var config))
            {
                var client = request.Client.Split('/');
                var source = OfflineSource.Create(mesh, client[0], client[1], CaptureMode.Redirect);
                Assert.Empty(source.Refused);
                configs.Add(request.Client, config = source.Config);
            }

            var expected = NaiveRoutes.Decide(made.Services, request);
            var actual = Decide(config, request);
            if (expected != actual)
            {
                return $"{request}\nexpected {expected}\n     got {actual}";
            }

            _ = expected == "none" || expected.StartsWith("default:", StringComparison.Ordinal) ? unruled++ : ruled++;
        }

        return null;
    }

    private static string Decide(ProxyConfig config, GivenRequest request)
    {
        var head = new RequestHead();
        Assert.True(head.Begin(HttpVersionKind.Http11, request.Method, "http", request.Authority, request.Target));
        foreach (var (name, value) in request.Headers)
        {
            Assert.True(head.AddHeader(name, value));
        }

        var address = GivenWorld.Services.First(service => GivenWorld.FullName(service.Name, service.Namespace) == request.Service).Address;
        var table = request.Captured
            ? config.Outbound.Find(new IPEndPoint(IPAddress.Parse(address), request.Port))?.Http
            : config.Outbound.ByAuthority;
        RequestPlanner.Decide(head, table, out var plan);
        Assert.Same(plan.Rule, RouteExplanation.Of(table!, head).Rule);
        return plan.Rule switch
        {
            null => "none",
            { Action: RuleAction.Forward forward } rule => $"{rule.Name}: {Shares(forward.Destinations)}",
            { Action: RuleAction.Redirect redirect } rule => $"{rule.Name}: redirect {redirect.StatusCode}",
            { Action: RuleAction.DirectResponse direct } rule => $"{rule.Name}: answer {direct.StatusCode}",
            var rule => rule.Name,
        };
    }

    private static string Shares(WeightedDestinations destinations)
    {
        var sum = destinations.Destinations.Sum(to => (double)to.Weight);
        return string.Join(
            ", ",
            destinations.Destinations.Select(to =>
                string.Create(CultureInfo.InvariantCulture, $"{to.ClusterName} {100 * to.Weight / sum:0.####}")
            )
        );
    }
}
