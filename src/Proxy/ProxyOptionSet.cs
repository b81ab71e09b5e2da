using Mesh.Proxy.Admin.Merging;
using Mesh.Proxy.Admin.Probes;
using Mesh.Proxy.Identity;
using Mesh.Startup;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy;

/// <summary>The command line of the sidecar: reads <see cref="ProxyOptions"/> from arguments, environment and defaults.</summary>
internal static class ProxyOptionSet
{
    /// <summary>The options, or null with the code to exit with.</summary>
    public static ProxyOptions? Read(
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        TextWriter output,
        TextWriter error,
        out int exitCode
    )
    {
        var set = new OptionSet("The sidecar of the mesh: carries the traffic of one workload as the control plane says.");
        var node = set.Required(
            "--node",
            "ID",
            "Who this proxy is: sidecar~IP~POD.NAMESPACE~NAMESPACE.svc.cluster.local.",
            ProxyNode.Parse
        );
        var identity = IdentityOptionSet.AddTo(set);
        var capture = set.Optional(
            "--capture",
            "none|redirect|tproxy",
            "How traffic gets here: sent to this proxy's ports, or redirected by the kernel; tproxy keeps the addresses of clients and needs CAP_NET_ADMIN.",
            "none",
            OptionParsers.OneOf<CaptureMode>
        );
        var outbound = set.Optional("--outbound", "IP:PORT", "Where outgoing traffic arrives.", "127.0.0.1:15001", OptionParsers.EndPoint);
        var inbound = set.Optional(
            "--inbound",
            "IP:PORT",
            "Where captured incoming traffic arrives (capture redirect and tproxy); unless given, every address with redirect and tproxy.",
            OptionParsers.EndPoint
        );
        var app = set.Optional(
            "--app",
            "IP",
            "The application's address; unless given, 127.0.0.1 with capture none, the original destination with redirect and tproxy.",
            OptionParsers.Address
        );
        var account = set.Optional("--service-account", "NAME", "The pod's service account.", "default", OptionParsers.Text);
        var admin = set.Optional("--admin", "IP:PORT", "Admin pages; loopback only.", "127.0.0.1:15000", OptionParsers.LoopbackEndPoint);
        var ready = set.Optional("--ready", "IP:PORT", "Readiness, /healthz/ready.", "*:15021", OptionParsers.EndPoint);
        var metrics = set.Optional("--metrics", "IP:PORT", "The proxy's metrics, /stats/prometheus.", "*:15090", OptionParsers.EndPoint);
        var merged = set.Optional(
            "--merged",
            "IP:PORT",
            "The proxy's metrics with the application's, and readiness, where Istio's annotations point.",
            "*:15020",
            OptionParsers.EndPoint
        );
        var accessLog = set.Optional(
            "--access-log",
            "-|FILE",
            "One line per request; - is standard output. None unless given.",
            OptionParsers.Text
        );
        var accessLogVersion = set.Optional(
            "--access-log-config-version",
            "true|false",
            "Ends each line of the access log with the version of the configuration that served the request.",
            "false",
            OptionParsers.Switch
        );
        var detection = set.Optional(
            "--protocol-detection-timeout",
            "DURATION",
            "How long a silent client is waited for on a port that takes HTTP and TCP; 0s waits for ever.",
            "5s",
            OptionParsers.Duration
        );
        var retryBodyLimit = set.Optional(
            "--retry-body-limit",
            "BYTES",
            "Bytes of a request's body that are kept for another try; larger requests are not retried once so much was read.",
            "65536",
            OptionParsers.Bytes
        );
        var limits = new TrafficLimitSettings(set);
        var drainTime = set.Optional(
            "--drain-time",
            "DURATION",
            "How long active requests may take to finish after SIGTERM or POST /drain_listeners.",
            "45s",
            OptionParsers.Duration
        );
        var cache = set.Optional(
            "--cache",
            "FILE",
            "Keeps the last good configuration for a start without control plane. None unless given.",
            OptionParsers.Text
        );
        var probers = set.Optional(
            "--app-probers",
            "JSON",
            "Probes of the application that this proxy answers for the kubelet, by path, as the injector writes them.",
            "{}",
            AppProbes.Parse
        );
        var appMetrics = set.Optional(
            "--app-metrics",
            "JSON",
            "Where the application's own metrics are, answered on --merged with this proxy's: {\"port\":8080,\"path\":\"/metrics\",\"scheme\":\"http\"}. None unless given.",
            ScrapeTarget.Parse
        );
        var exit = set.Optional(
            "--exit-with-application",
            "true|false",
            "Ends this process once all others of the pod's process namespace have ended: for jobs beside a classic sidecar.",
            "false",
            OptionParsers.Switch
        );
        var logLevel = set.Optional(
            "--log-level",
            "LEVEL",
            "trace, debug, information, warning, error, critical or none; changed while running by POST /logging.",
            "information",
            OptionParsers.OneOf<LogLevel>
        );
        if (set.Read(arguments, environment, output, error) is { } code)
        {
            exitCode = code;
            return null;
        }

        exitCode = 0;
        return new ProxyOptions
        {
            Node = node.Value,
            Ads = identity.Address,
            Identity = identity.Identity,
            Capture = capture.Value,
            Outbound = outbound.Value,
            Inbound = inbound.Value ?? ProxyOptions.DefaultInbound(capture.Value),
            App = app.Value,
            ServiceAccount = account.Value,
            Admin = admin.Value,
            Ready = ready.Value,
            Metrics = metrics.Value,
            Merged = merged.Value,
            AccessLog = accessLog.Value,
            AccessLogConfigVersion = accessLogVersion.Value,
            ProtocolDetectionTimeout = detection.Value,
            RetryBodyLimit = retryBodyLimit.Value,
            Limits = limits.Value,
            DrainTime = drainTime.Value,
            Cache = cache.Value,
            AppProbers = probers.Value,
            AppMetrics = appMetrics.Value,
            ExitWithApplication = exit.Value,
            LogLevel = logLevel.Value,
        };
    }
}
