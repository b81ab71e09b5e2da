using System.Collections.Immutable;
using System.Net;
using Google.Protobuf.WellKnownTypes;
using Mesh.Cli.Offline;
using Mesh.Proxy;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Security;
using Mesh.Xds;

namespace Mesh.Cli.Explain;

/// <summary>One proxy's configuration, compiled by the proxy's own compiler, from files or from a running proxy.</summary>
/// <param name="Files">The user's objects; null where only the proxy was asked.</param>
/// <param name="Refused">What the proxy would not take, and why.</param>
internal sealed record ExplainSource(
    ProxyNode Node,
    CaptureMode Capture,
    XdsSet Resources,
    ProxyConfig Config,
    OfflineMesh? Files,
    ImmutableArray<string> Refused
)
{
    /// <summary>Decodes and compiles resources as a proxy does that gets them all at once.</summary>
    public static ExplainSource Create(
        ProxyNode node,
        CaptureMode capture,
        IEnumerable<(string TypeUrl, string Name, string Version, Any Body)> resources,
        OfflineMesh? files
    )
    {
        var set = XdsSet.Empty;
        var refused = ImmutableArray.CreateBuilder<string>();
        foreach (var type in resources.GroupBy(resource => resource.TypeUrl))
        {
            var entries = new List<XdsEntry>();
            foreach (var (typeUrl, name, version, body) in type)
            {
                var reasons = new List<string>();
                if (ResourceReader.Read(typeUrl, name, version, body, DateTimeOffset.UnixEpoch, reasons) is { } entry)
                {
                    entries.Add(entry);
                }
                else
                {
                    refused.Add($"the proxy refuses {TypeUrls.ShortName(typeUrl)} {name}: {string.Join("; ", reasons)}");
                }
            }

            set = set.With(type.Key, entries, []);
        }

        var context = new CompileContext
        {
            Capture = capture,
            NodeAddress = node.Address,
            Application = capture == CaptureMode.None ? IPAddress.Loopback : null,
            // A proxy of the mesh has one, so that mutual TLS counts; nobody is shown it here.
            Identity = new IdentityStore(),
        };
        return new(node, capture, set, ConfigCompiler.Compile(set, null, context), files, refused.ToImmutable());
    }

    /// <summary>A resource as the proxy got it; null where it has none of that name.</summary>
    public T? Find<T>(string typeUrl, string name)
        where T : class => Resources.Of(typeUrl).TryGetValue(name, out var entry) ? entry.Message as T : null;
}
