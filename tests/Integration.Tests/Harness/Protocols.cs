using System.Net;

namespace Mesh.Integration.Tests.Harness;

/// <summary>What scenarios run over: the client's HTTP version and the service port, which decides the upstream's.</summary>
internal static class Protocols
{
    public const string Http1 = "http1";
    public const string Http2 = "http2";

    /// <summary>Both ends the same, the cases that every scenario covers.</summary>
    public static TheoryData<string> Both => [Http1, Http2];

    public static Version VersionOf(string protocol) => protocol == Http1 ? HttpVersion.Version11 : HttpVersion.Version20;

    /// <summary>Port of an echo service whose upstreams speak the protocol.</summary>
    public static int PortOf(string protocol) => protocol == Http1 ? 80 : 81;
}
