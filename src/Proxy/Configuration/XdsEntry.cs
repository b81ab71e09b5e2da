using System.Collections.Immutable;
using Google.Protobuf;

namespace Mesh.Proxy.Configuration;

/// <summary>
/// One accepted resource: decoded, sound by itself, never changed afterwards. The same version of a resource keeps its entry, so
/// the compiler sees by reference what has not changed.
/// </summary>
internal sealed class XdsEntry(
    string typeUrl,
    string name,
    string version,
    IMessage message,
    object meaning,
    ImmutableArray<ResourceRef> references,
    ImmutableArray<string> notes,
    DateTimeOffset updatedAt
)
{
    private readonly object _meaning = meaning;

    public string TypeUrl { get; } = typeUrl;

    public string Name { get; } = name;

    /// <summary>As the control plane sent it.</summary>
    public string Version { get; } = version;

    public IMessage Message { get; } = message;

    /// <summary>What the message means to this proxy: <c>ClusterSettings</c>, <c>EndpointSettings[]</c>, <c>ListenerPlan</c> or a route table without clusters.</summary>
    public T Meaning<T>()
        where T : class => (T)_meaning;

    /// <summary>Without repetitions, in the order of their first appearance.</summary>
    public ImmutableArray<ResourceRef> References { get; } = references;

    /// <summary>What it asks for and does not get, for the log and <c>/config_dump</c>.</summary>
    public ImmutableArray<string> Notes { get; } = notes;

    public DateTimeOffset UpdatedAt { get; } = updatedAt;
}
