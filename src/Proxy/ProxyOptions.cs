using System.Collections.Frozen;
using System.Net;
using Mesh.Proxy.Admin.Merging;
using Mesh.Proxy.Admin.Probes;
using Mesh.Proxy.Http;
using Mesh.Proxy.Identity;
using Mesh.Startup;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy;

/// <summary>Start-up settings of the sidecar; every one is an option and an environment variable (<c>MESH_</c> + name in upper snake case).</summary>
internal sealed record ProxyOptions
{
    /// <summary><c>sidecar~IP~POD.NS~NS.svc.cluster.local</c>, as Istio names proxies. Required.</summary>
    public required ProxyNode Node { get; init; }

    /// <summary>The control plane's xDS address, plain or secure. Required.</summary>
    public required DnsEndPoint Ads { get; init; }

    /// <summary>How to get a certificate, over TLS like everything else that is told there; default null: none, and xDS in plaintext.</summary>
    public ProxyIdentityOptions? Identity { get; init; }

    /// <summary>How traffic reaches the proxy; default <see cref="CaptureMode.None"/>.</summary>
    public CaptureMode Capture { get; init; }

    /// <summary>Where applications' outgoing traffic arrives; default 127.0.0.1:15001, and [::1] with it where IPv6 is captured too.</summary>
    public IPEndPoint Outbound { get; init; } = new(IPAddress.Loopback, 15001);

    /// <summary>Where captured incoming traffic arrives (capture redirect); default <see cref="DefaultInbound"/>.</summary>
    public IPEndPoint Inbound { get; init; } = DefaultInbound(CaptureMode.None);

    /// <summary>Address of the application beside this proxy; default 127.0.0.1 with capture none, the original destination with redirect.</summary>
    public IPAddress? App { get; init; }

    /// <summary>Service account of the pod; default <c>default</c>.</summary>
    public string ServiceAccount { get; init; } = "default";

    /// <summary>Admin interface, loopback only; default 127.0.0.1:15000.</summary>
    public IPEndPoint Admin { get; init; } = new(IPAddress.Loopback, 15000);

    /// <summary>Readiness (<c>/healthz/ready</c>); default every address, 15021.</summary>
    public IPEndPoint Ready { get; init; } = new(OptionParsers.EveryAddress, 15021);

    /// <summary>The proxy's own metrics (<c>/stats/prometheus</c>); default every address, 15090.</summary>
    public IPEndPoint Metrics { get; init; } = new(OptionParsers.EveryAddress, 15090);

    /// <summary>Metrics of proxy and application together; default every address, 15020.</summary>
    public IPEndPoint Merged { get; init; } = new(OptionParsers.EveryAddress, 15020);

    /// <summary>A file, <c>-</c> for standard output, or null for no access log; default null.</summary>
    public string? AccessLog { get; init; }

    /// <summary>Ends each access-log line with the version of the configuration that served the request; default false.</summary>
    public bool AccessLogConfigVersion { get; init; }

    /// <summary>
    /// How long a client may stay silent on a port that takes HTTP and TCP before it is taken for one that waits for the server to speak
    /// first; default 5 s, 0 s waits for ever.
    /// </summary>
    public TimeSpan ProtocolDetectionTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many bytes of a request's body are kept so that it can be sent again; larger requests are streamed and not retried once that
    /// much was read. Default 65536 (64 KiB); 0 keeps nothing.
    /// </summary>
    public int RetryBodyLimit { get; init; } = ReplayBuffer.DefaultLimit;

    /// <summary>How much one client may take; defaults in <see cref="TrafficLimits"/>.</summary>
    public TrafficLimits Limits { get; init; } = TrafficLimits.Default;

    /// <summary>How long active requests may take to finish after SIGTERM or <c>/drain_listeners</c>; default 45 s.</summary>
    public TimeSpan DrainTime { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Where the last good configuration is kept for a start without control plane; default null: nowhere.</summary>
    public string? Cache { get; init; }

    /// <summary>What is asked of the application in the kubelet's stead, by path on the ports of readiness and merged metrics; default nothing.</summary>
    public FrozenDictionary<string, AppProbe> AppProbers { get; init; } = AppProbes.None;

    /// <summary>Where the application's own metrics are, to be answered together with the proxy's on <see cref="Merged"/>; default null: nowhere.</summary>
    public ScrapeTarget? AppMetrics { get; init; }

    /// <summary>Ends this process when the pod's other processes have; needs the pod's process namespace. Default false.</summary>
    public bool ExitWithApplication { get; init; }

    /// <summary>How much is logged at first; default information.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    // A connection redirected on its way in goes to the address of the interface it came through, never to loopback (iptables REDIRECT).
    public static IPEndPoint DefaultInbound(CaptureMode capture) =>
        new(capture == CaptureMode.None ? IPAddress.Loopback : OptionParsers.EveryAddress, 15006);
}
