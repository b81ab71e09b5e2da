using System.Collections.Immutable;

namespace Mesh.Proxy.Routing;

/// <summary>Everything a rule asks of a request, compiled: all conditions must hold.</summary>
internal sealed class RouteConditions
{
    private readonly RouteCondition[] _others;

    /// <param name="path">Null takes every path.</param>
    /// <param name="others">Asked in this order after the path, a random share last, so that it counts only otherwise matching requests.</param>
    public RouteConditions(PathCondition? path, params ImmutableArray<RouteCondition> others)
    {
        Path = path;
        _others = [.. others.OrderBy(condition => condition is FractionCondition)];
    }

    /// <summary>Takes every request.</summary>
    public static RouteConditions Any { get; } = new(null);

    public PathCondition? Path { get; }

    /// <summary>The conditions beside the path.</summary>
    public ReadOnlySpan<RouteCondition> Others => _others;

    public bool Match(RequestHead head) => FirstFailing(head) is null;

    /// <summary>The condition because of which the request is not taken; null where it is.</summary>
    public RouteCondition? FirstFailing(RequestHead head)
    {
        if (Path is not null && !Path.Holds(head.Path))
        {
            return Path;
        }

        foreach (var condition in _others)
        {
            if (!condition.Holds(head))
            {
                return condition;
            }
        }

        return null;
    }

    /// <summary>How many bytes of a matching request's path a prefix rewrite replaces; without a path condition those of the prefix <c>/</c>.</summary>
    public int MatchedPathLength(RequestHead head) =>
        Path is not null ? Path.MatchedLength(head.Path)
        : head.Path.StartsWith("/"u8) ? 1
        : 0;

    public override string ToString() =>
        string.Join(" and ", (Path is null ? _others : [Path, .. _others]).Select(condition => condition.ToString()));
}
