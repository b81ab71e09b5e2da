using System.Text;

namespace Mesh.Proxy.Routing;

/// <summary>Asks about one query parameter: the first of that name, compared raw, without percent-decoding (as Envoy).</summary>
internal sealed class QueryCondition(string name, ValueMatch match) : RouteCondition
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);

    public override bool Holds(RequestHead head) => TryGet(head, out var value) && match.IsMatch(value);

    public override string Found(RequestHead head) =>
        TryGet(head, out var value) ? $"'{Encoding.Latin1.GetString(value)}'" : $"no query parameter '{name}'";

    public override string ToString() => $"query parameter '{name}' {match}";

    private bool TryGet(RequestHead head, out ReadOnlySpan<byte> value) => QueryParameters.TryFind(head.Query, _name, out value);
}
