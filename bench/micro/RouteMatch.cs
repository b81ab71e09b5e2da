using BenchmarkDotNet.Attributes;
using Mesh.Proxy.Routing;

namespace Mesh.Bench;

/// <summary>Routing one request among 1,000 rules: on 100 hosts as in a mesh, and all on one host.</summary>
public class RouteMatch
{
    private const int Hosts = 100;
    private const int Rules = 1000;

    private readonly RequestHead _head = new();
    private RouteTable _mesh = null!;
    private RouteTable _authority = null!;
    private RouteTable _oneHost = null!;

    [GlobalSetup]
    public void Setup()
    {
        _mesh = RouteTable.Create("9080", "1", [.. Enumerable.Range(0, Hosts).Select(MeshHost)]);
        _authority = RouteTable.Merge("authority", "1", [(9080, _mesh)]);
        _oneHost = RouteTable.Create("9080", "1", [Host("gateway", ["*"], Rules)]);
        Fill();
    }

    /// <summary>The codec's part: method, target, authority and 12 headers.</summary>
    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public bool Fill()
    {
        var filled = _head.Begin(
            HttpVersionKind.Http11,
            "GET"u8,
            "http"u8,
            "service-57.default.svc.cluster.local:9080"u8,
            "/api/v8/items/4711?page=2"u8
        );
        filled &= _head.AddHeader("Host"u8, "service-57.default.svc.cluster.local:9080"u8);
        filled &= _head.AddHeader("User-Agent"u8, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"u8);
        filled &= _head.AddHeader("Accept"u8, "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"u8);
        filled &= _head.AddHeader("Accept-Language"u8, "en-US,en;q=0.5"u8);
        filled &= _head.AddHeader("Accept-Encoding"u8, "gzip, deflate, br, zstd"u8);
        filled &= _head.AddHeader("Cookie"u8, "session=0123456789abcdef0123456789abcdef; theme=dark"u8);
        filled &= _head.AddHeader("X-Request-Id"u8, "2f1c6a52-3f0e-4d68-9d6b-6c5a0d1f7e11"u8);
        filled &= _head.AddHeader("Traceparent"u8, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"u8);
        filled &= _head.AddHeader("X-Forwarded-Proto"u8, "http"u8);
        filled &= _head.AddHeader("End-User"u8, "anna"u8);
        filled &= _head.AddHeader("Cache-Control"u8, "no-cache"u8);
        filled &= _head.AddHeader("Connection"u8, "keep-alive"u8);
        return filled;
    }

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public object? FindHostAmong100() => _mesh.FindHost(_head);

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public object? PlanAmong1000RoutesOn100Hosts() => _mesh.Plan(_head).Rule;

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public object? PlanByAuthorityAmong1000RoutesOn100Hosts() => _authority.Plan(_head).Rule;

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public object? PlanAmong1000RoutesOnOneHost() => _oneHost.Plan(_head).Rule;

    private static VirtualHost MeshHost(int index)
    {
        var name = $"service-{index}";
        string[] names = [name, $"{name}.default", $"{name}.default.svc", $"{name}.default.svc.cluster.local"];
        return Host(name, [.. names, .. names.Select(n => n + ":9080")], Rules / Hosts);
    }

    // Every third rule asks for a header that the request has with another value; the request is taken by one of the last.
    private static VirtualHost Host(string name, string[] domains, int rules) =>
        new()
        {
            Name = name,
            Domains = [.. domains],
            Rules =
            [
                .. Enumerable
                    .Range(0, rules - 1)
                    .Select(i =>
                        (i % 3) switch
                        {
                            0 => Rule(i, new PathCondition(PathMatchKind.Prefix, $"/api/v{i}/")),
                            1 => Rule(i, new PathCondition(PathMatchKind.Exact, $"/static/{i}.css")),
                            _ => Rule(
                                i,
                                new PathCondition(PathMatchKind.Prefix, i < 9 ? "/api/v8/" : $"/api/v{i}/"),
                                new HeaderCondition("end-user", ValueMatch.Exact($"user-{i}"))
                            ),
                        }
                    ),
                Rule(rules - 1, null),
            ],
        };

    private static Rule Rule(int index, PathCondition? path, params RouteCondition[] others) =>
        new()
        {
            Name = $"rule-{index}",
            Conditions = new RouteConditions(path, [.. others]),
            Action = new RuleAction.Forward { Destinations = Pick.Destinations(80, 20) },
        };
}
