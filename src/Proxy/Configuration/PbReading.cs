using System.Net;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Upstream;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Reads the small parts that many resources share; what is unsound becomes a problem, never an exception.</summary>
internal static class PbReading
{
    /// <summary>Key of the metadata that names workloads, in endpoints and listeners.</summary>
    public const string IstioMetadata = "istio";

    /// <summary>Key of the metadata that carries to our proxies what the public API has no field for.</summary>
    public const string ExtensionMetadata = "mesh.extensions";

    private const long MaxSeconds = 315_576_000_000; // protobuf's own range for Duration

    /// <summary>What the API has no field for. Other control planes do not send it; null where it is absent.</summary>
    public static Value? Extension(Pb.Metadata? metadata, string name) =>
        metadata is not null
        && metadata.FilterMetadata.TryGetValue(ExtensionMetadata, out var extensions)
        && extensions.Fields.TryGetValue(name, out var value)
            ? value
            : null;

    /// <summary>The duration, or <paramref name="absent"/> where the field is not set. Negative or malformed ones are problems.</summary>
    public static TimeSpan Duration(Duration? value, TimeSpan absent, string field, ProblemList problems)
    {
        if (value is null)
        {
            return absent;
        }

        if (value.Seconds is < 0 or > MaxSeconds || value.Nanos is < 0 or > 999_999_999)
        {
            problems.Add(field, $"{value.Seconds}s {value.Nanos}ns is not a duration of 0 or more");
            return absent;
        }

        return new TimeSpan((value.Seconds * TimeSpan.TicksPerSecond) + (value.Nanos / TimeSpan.NanosecondsPerTick));
    }

    /// <summary>An IP address with port; null with a problem for names, pipes and anything else.</summary>
    public static IPEndPoint? EndPoint(Pb.Address? address, string field, ProblemList problems)
    {
        if (Socket(address, field, problems) is not { } socket)
        {
            return null;
        }

        if (!IPAddress.TryParse(socket.Address, out var ip))
        {
            problems.Add(field, $"'{socket.Address}' is not an IP address");
            return null;
        }

        return new IPEndPoint(ip, (int)socket.PortValue);
    }

    /// <summary>A TCP socket address with a numeric port; its host may still be a name.</summary>
    public static Pb.SocketAddress? Socket(Pb.Address? address, string field, ProblemList problems)
    {
        if (address?.SocketAddress is not { } socket)
        {
            problems.Add(field, "is not a socket_address");
            return null;
        }

        if (
            socket.Protocol != Pb.SocketAddress.Types.Protocol.Tcp
            || socket.PortSpecifierCase == Pb.SocketAddress.PortSpecifierOneofCase.NamedPort
            || socket.PortValue > IPEndPoint.MaxPort
        )
        {
            problems.Add(field, $"'{socket.Address}' needs protocol TCP and a port_value up to 65535");
            return null;
        }

        return socket;
    }

    /// <summary><c>filter_metadata["istio"].workload</c>, written <c>name;namespace;canonical-name;canonical-revision;cluster</c>.</summary>
    public static WorkloadInfo? Workload(Pb.Metadata? metadata)
    {
        if (
            metadata is null
            || !metadata.FilterMetadata.TryGetValue(IstioMetadata, out var fields)
            || !fields.Fields.TryGetValue("workload", out var value)
            || value.KindCase != Value.KindOneofCase.StringValue
        )
        {
            return null;
        }

        var parts = value.StringValue.Split(';');
        string Part(int index) => index < parts.Length && parts[index].Length > 0 ? parts[index] : "unknown";
        return new WorkloadInfo(Part(0), Part(1), Part(2), Part(3), Part(4));
    }

    /// <summary><c>filter_metadata["istio"].services[0].host</c>: the service that a cluster stands for; empty where nobody says.</summary>
    public static string ServiceHost(Pb.Metadata? metadata) =>
        metadata is not null
        && metadata.FilterMetadata.TryGetValue(IstioMetadata, out var fields)
        && fields.Fields.TryGetValue("services", out var services)
        && services.ListValue?.Values.FirstOrDefault()?.StructValue is { } service
        && service.Fields.TryGetValue("host", out var host)
            ? host.StringValue
            : "";

    /// <summary>True if the Any says it holds this message.</summary>
    public static bool Is<T>(Any? any)
        where T : IMessage<T>, new() => any is not null && any.TypeUrl == TypeUrls.Prefix + new T().Descriptor.FullName;

    /// <summary>The message inside, or null with a problem.</summary>
    public static T? Unpack<T>(Any? any, string field, ProblemList problems)
        where T : class, IMessage<T>, new()
    {
        if (!Is<T>(any))
        {
            problems.Add(field, $"is '{any?.TypeUrl}' instead of {new T().Descriptor.FullName}");
            return null;
        }

        try
        {
            var message = new T();
            message.MergeFrom(any!.Value);
            return message;
        }
        // Google.Protobuf throws InvalidOperationException for wrappers (UInt32Value and such) that end inside a tag.
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidOperationException)
        {
            problems.Add(field, $"is no {new T().Descriptor.Name} message: {e.Message}");
            return null;
        }
    }
}
