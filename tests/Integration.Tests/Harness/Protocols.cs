using System.Net;

namespace Mesh.Integration.Tests.Harness;

/// <summary>What scenarios run over: the client's HTTP version and the service port, which decides the upstream's.</summary>
internal static class Protocols
{
    public const string Http1 = "http1";
    public const string Http2 = "http2";

    private const string Http1ToHttp2 = "http1-to-http2";
    private const string Http2ToHttp1 = "http2-to-http1";

    /// <summary>The cases that every scenario covers.</summary>
    public static TheoryData<string> Pairs => new(AllPairs);

    public static string[] AllPairs => [Http1, Http1ToHttp2, Http2ToHttp1, Http2];

    /// <summary>Both ends the same, for tests of one end.</summary>
    public static TheoryData<string> Both => [Http1, Http2];

    public static Version VersionOf(string protocol) => protocol is Http1 or Http1ToHttp2 ? HttpVersion.Version11 : HttpVersion.Version20;

    /// <summary>Port of an echo service whose upstreams speak the protocol.</summary>
    public static int PortOf(string protocol) => protocol is Http1 or Http2ToHttp1 ? 80 : 81;
}
