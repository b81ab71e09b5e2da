using System.Net;
using BenchmarkDotNet.Attributes;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Security;
using Mesh.Proxy.Security.Authorization;

namespace Mesh.Bench;

/// <summary>Deciding about one request by 100 rules, each of a client, methods and a path, none of which but the last takes it.</summary>
public class Authorize
{
    private const int Rules = 100;

    private readonly RequestHead _head = new();
    private AccessRules _allow = null!;
    private AccessRules _deny = null!;
    private AccessSubject _subject;

    [GlobalSetup]
    public void Setup()
    {
        _head.Begin(HttpVersionKind.Http11, "GET"u8, "http"u8, "till.shop.svc.cluster.local:80"u8, "/api/v99/items/4711?page=2"u8);
        _head.AddHeader("x-shift"u8, "early"u8);
        _subject = new AccessSubject(
            _head,
            PeerIdentity.Parse("spiffe://cluster.local/ns/shop/sa/web-99"),
            new IPEndPoint(IPAddress.Parse("10.1.2.3"), 40000),
            new IPEndPoint(IPAddress.Parse("10.1.2.4"), 8080),
            null
        );
        _allow = new AccessRules(AccessAction.Allow, [.. Enumerable.Range(0, Rules).Select(i => Policy(i, i))]);
        // Every rule takes this client, and none this path: nothing is decided before the last.
        _deny = new AccessRules(AccessAction.Deny, [.. Enumerable.Range(100, Rules).Select(i => Policy(i, 99))]);
    }

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public bool AllowedByTheLastOf100Rules() => _allow.Allows(_subject, out _);

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public bool DeniedByNoneOf100Rules() => _deny.Allows(_subject, out _);

    private static AccessPolicy Policy(int path, int client) =>
        new(
            $"ns[shop]-policy[{path:000}]-rule[0]",
            AllCondition.Of([
                AnyCondition.Of([new MethodCondition(ValueMatch.Exact("GET")), new MethodCondition(ValueMatch.Exact("HEAD"))]),
                new PathTextCondition(ValueMatch.Prefix($"/api/v{path}/")),
                new IdentityCondition(ValueMatch.Exact($"spiffe://cluster.local/ns/shop/sa/web-{client}")),
            ])
        );
}
