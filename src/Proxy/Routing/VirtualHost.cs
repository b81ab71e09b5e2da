using System.Collections.Immutable;

namespace Mesh.Proxy.Routing;

/// <summary>The rules of one service name, in order; the first that matches takes the request, and no other is asked after that.</summary>
internal sealed class VirtualHost
{
    private readonly RuleIndex _index = null!; // set with Rules, which is required

    public required string Name { get; init; }

    /// <summary>As received: exact (<c>reviews:9080</c>), <c>*.suffix</c>, <c>prefix.*</c> or <c>*</c>.</summary>
    public required ImmutableArray<string> Domains { get; init; }

    public required ImmutableArray<Rule> Rules
    {
        get;
        init
        {
            field = value;
            _index = new RuleIndex(value);
        }
    }

    /// <summary>The first rule that takes the request, null where none does. Allocates nothing.</summary>
    public Rule? FirstMatch(RequestHead head) => _index.First(head);
}
