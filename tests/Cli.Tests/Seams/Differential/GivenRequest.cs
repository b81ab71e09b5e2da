using System.Collections.Immutable;

namespace Mesh.Cli.Tests.Seams.Differential;

/// <summary>A request of one client to one port of one service, with the authority it spells.</summary>
/// <param name="Client">Name of one of <see cref="GivenWorld"/>'s clients.</param>
/// <param name="Captured">Whether its destination is known by address; otherwise the authority alone tells.</param>
internal sealed record GivenRequest(
    string Client,
    string Service,
    int Port,
    bool Captured,
    string Method,
    string Authority,
    string Target,
    ImmutableArray<(string Name, string Value)> Headers
)
{
    public string Path => Target.Split('?')[0];

    /// <summary>A repeated header is one, its values joined; null where it is not there.</summary>
    public string? Header(string name)
    {
        var values = Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value).ToList();
        return values.Count == 0 ? null : string.Join(',', values);
    }

    /// <summary>The first parameter of a name, raw; null where there is none.</summary>
    public string? Parameter(string name)
    {
        var query = Target.Contains('?') ? Target[(Target.IndexOf('?') + 1)..].Split('&') : [];
        var first = query.FirstOrDefault(parameter => parameter.Split('=')[0] == name);
        return first is null ? null
            : first.Contains('=') ? first[(first.IndexOf('=') + 1)..]
            : "";
    }

    public override string ToString() =>
        $"{Client}: {Method} {Target} authority {Authority} to {Service}:{Port}{(Captured ? "" : " (by authority)")}"
        + string.Concat(Headers.Select(header => $" [{header.Name}: {header.Value}]"));
}
