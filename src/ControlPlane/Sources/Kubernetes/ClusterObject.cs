using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Mesh.Config;
using Mesh.Kubernetes;

namespace Mesh.ControlPlane.Sources.Kubernetes;

/// <summary>What is known of one object of a cluster, and what of it is in force. Immutable.</summary>
/// <param name="Uid">Another object of the same name has another one.</param>
/// <param name="ResourceVersion">Of the version last seen.</param>
/// <param name="Generation">Of its spec; 0 where the kind has none.</param>
/// <param name="Status">Of mesh kinds, as it stands; empty where there is none.</param>
/// <param name="InForce">The object, or its last good version; null where it is refused and had none.</param>
/// <param name="Diagnostics">What the object alone shows.</param>
internal sealed record ClusterObject(
    ObjectKey Key,
    string Uid,
    string ResourceVersion,
    long Generation,
    UInt128 Digest,
    ReadOnlyMemory<byte> Status,
    ConfigObject? InForce,
    ImmutableArray<Diagnostic> Diagnostics
)
{
    /// <summary>What stands for the file in every message about objects of a cluster.</summary>
    public const string Place = "kubernetes";

    /// <summary>Problems of one object that are kept, errors before others.</summary>
    public const int MostProblems = 200;

    /// <summary>Reads a version of an object after the one before; what means the same keeps what was made of it.</summary>
    public static ClusterObject Read(KubernetesObject seen, KnownKind kind, ClusterObject? before)
    {
        var last = before?.Uid == seen.Uid ? before : null;
        var trimmed = TrimmedObject.Of(seen.Json.Span, kind.Kind, kind.IsMeshKind);
        if (last is not null && last.Digest == trimmed.Digest)
        {
            return last with { ResourceVersion = seen.ResourceVersion, Status = trimmed.Status };
        }

        var key = KeyOf(seen, kind);
        var result = ObjectParser.Parse(Place, trimmed.Json.Span);
        if (result.HasUnreadable)
        {
            result = Unreadable(result, key, kind);
        }

        var inForce = result.Objects.FirstOrDefault();
        var diagnostics = Few(result.Diagnostics);
        if (inForce is null && RefusedObject.Settle(key, result, last?.InForce, new(Place, 1)) is { } settled)
        {
            inForce = settled.InForce;
            diagnostics = diagnostics.Add(settled.Diagnostic);
        }

        return new(key, seen.Uid, seen.ResourceVersion, trimmed.Generation, trimmed.Digest, trimmed.Status, inForce, diagnostics);
    }

    public static ObjectKey KeyOf(KubernetesObject seen, KnownKind kind) => new(kind.Kind, seen.Namespace ?? "", seen.Name);

    // A megabyte of unknown fields is a hundred thousand problems, which nobody reads but everybody has to carry.
    private static ImmutableArray<Diagnostic> Few(ImmutableArray<Diagnostic> all) =>
        all.Length <= MostProblems
            ? all
            : [.. all.OrderByDescending(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error).Take(MostProblems)];

    // Its text could not be read, but what it is called is known: so is whose problem it is, and that it closes what it may be for.
    private static ParseResult Unreadable(ParseResult result, ObjectKey key, KnownKind kind)
    {
        var outline = new JsonObject
        {
            ["apiVersion"] = $"{kind.Group}/{kind.Versions[0]}",
            ["kind"] = key.Kind,
            ["metadata"] = new JsonObject { ["name"] = key.Name, ["namespace"] = key.Namespace },
            ["spec"] = new JsonObject { ["unreadable"] = true },
        };
        return result with
        {
            Diagnostics = [.. result.Diagnostics.Select(diagnostic => diagnostic with { Object = diagnostic.Object ?? key })],
            StandIns = ObjectParser.Parse(Place, outline.ToJsonString()).StandIns,
        };
    }

    /// <summary>Both mean the same to everybody but the status writer.</summary>
    public bool MeansSame(ClusterObject other) => ReferenceEquals(InForce, other.InForce) && Diagnostics == other.Diagnostics;
}
