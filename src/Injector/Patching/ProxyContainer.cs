using System.Text.Json.Nodes;

namespace Mesh.Injector.Patching;

/// <summary>The sidecar's container, from a <see cref="PodPlan"/>.</summary>
internal static class ProxyContainer
{
    /// <param name="probers">What the proxy asks the application for the kubelet; empty for nothing.</param>
    /// <param name="metrics">Where the application's own metrics are; null for nowhere.</param>
    public static JsonObject Of(PodPlan plan, JsonObject probers, JsonObject? metrics)
    {
        var settings = plan.Settings;
        var container = new JsonObject { ["name"] = Names.Proxy, ["image"] = plan.Pod.Image };
        if (settings.ImagePullPolicy is { } policy)
        {
            container["imagePullPolicy"] = policy;
        }

        if (plan.Native)
        {
            container["restartPolicy"] = "Always";
        }

        container["args"] = new JsonArray([.. Arguments(plan).Select(argument => JsonValue.Create(argument))]);
        container["env"] = Environment(plan, probers, metrics);
        container["ports"] = new JsonArray(
            new JsonObject
            {
                ["containerPort"] = Names.MetricsPort,
                ["name"] = "http-envoy-prom",
                ["protocol"] = "TCP",
            }
        );
        if (plan.Native)
        {
            // The application's containers start when this succeeds: once the first configuration is in force.
            container["startupProbe"] = Probe(0, 1, 600, plan);
        }

        container["readinessProbe"] = Probe(
            plan.Pod.ReadinessInitialDelay ?? 0,
            plan.Pod.ReadinessPeriod ?? 15,
            plan.Pod.ReadinessFailures ?? 4,
            plan
        );
        if (!plan.Native)
        {
            container["lifecycle"] = Lifecycle(plan);
        }

        container["resources"] = Containers.Resources(plan.ProxyResources);
        container["securityContext"] = Security(plan);
        container["volumeMounts"] = Mounts(plan);
        return container;
    }

    private static IEnumerable<string> Arguments(PodPlan plan)
    {
        var pod = plan.Pod;
        IEnumerable<(string Name, string Value)> options =
        [
            ("--node", $"sidecar~$(INSTANCE_IP)~$(POD_NAME).$(POD_NAMESPACE)~$(POD_NAMESPACE).svc.{plan.Settings.ClusterDomain}"),
            ("--service-account", "$(SERVICE_ACCOUNT)"),
            ("--secure-ads", pod.DiscoveryAddress),
            ("--mesh-root", Names.RootFile),
            ("--token", Names.TokenFile),
            ("--capture", pod.InterceptionMode.ToString().ToLowerInvariant()),
            ("--merged", pod.StatusPort == 0 ? "127.0.0.1:15020" : $"*:{pod.StatusPort}"),
            ("--drain-time", Containers.Duration(plan.DrainTime)),
            ("--log-level", pod.LogLevel),
            ("--cache", Names.CacheFile),
        ];
        if (!plan.Redirects)
        {
            // The application is at the pod's address itself, so that only outbound traffic passes the proxy.
            options = options.Append(("--app", "$(INSTANCE_IP)"));
        }

        if (plan.Settings.AccessLog is { } log)
        {
            options = options.Append(("--access-log", log));
        }

        if (plan.EndsWithApplication)
        {
            options = options.Append(("--exit-with-application", "true"));
        }

        return options.SelectMany(option => new[] { option.Name, option.Value });
    }

    private static JsonArray Environment(PodPlan plan, JsonObject probers, JsonObject? metrics)
    {
        var env = new JsonArray(
            Field("POD_NAME", "metadata.name"),
            Field("POD_NAMESPACE", "metadata.namespace"),
            Field("INSTANCE_IP", "status.podIP"),
            Field("SERVICE_ACCOUNT", "spec.serviceAccountName"),
            // Its sockets would need a writable /tmp.
            Containers.Variable("DOTNET_EnableDiagnostics", "0")
        );
        if (plan.Pod.Concurrency is > 0 and var cores)
        {
            env.Add(Containers.Variable("DOTNET_PROCESSOR_COUNT", $"{cores}"));
        }

        if (probers.Count > 0)
        {
            env.Add(Containers.Variable(Names.ProbersVariable, Containers.Compact(probers)));
        }

        if (metrics is not null)
        {
            env.Add(Containers.Variable(Names.MetricsVariable, Containers.Compact(metrics)));
        }

        foreach (var (name, value) in plan.Pod.Environment)
        {
            env.Add(Containers.Variable(name, value));
        }

        return env;
    }

    private static JsonObject Field(string name, string path) =>
        new()
        {
            ["name"] = name,
            ["valueFrom"] = new JsonObject
            {
                ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = path },
            },
        };

    private static JsonObject Probe(int delay, int period, int failures, PodPlan plan)
    {
        var probe = new JsonObject
        {
            ["httpGet"] = new JsonObject { ["path"] = "/healthz/ready", ["port"] = Names.ReadyPort },
        };
        if (delay > 0)
        {
            probe["initialDelaySeconds"] = delay;
        }

        probe["timeoutSeconds"] = 3;
        probe["periodSeconds"] = period;
        probe["failureThreshold"] = failures;
        return probe;
    }

    // Containers start in order, each when the hook of the one before has ended; all are stopped at once, each after its own hook.
    private static JsonObject Lifecycle(PodPlan plan)
    {
        var program = plan.Settings.ProxyProgram;
        var hooks = new JsonObject();
        if (plan.Pod.HoldApplication)
        {
            hooks["postStart"] = Exec(program, "wait", "--for", "ready", "--timeout", "60s");
        }

        hooks["preStop"] = Exec(
            program,
            "wait",
            "--for",
            "applications",
            "--user",
            $"{plan.User}",
            "--timeout",
            Containers.Duration(TimeSpan.FromSeconds(Math.Max(1, plan.GraceSeconds - 2)))
        );
        return hooks;
    }

    private static JsonObject Exec(params string[] command) =>
        new() { ["exec"] = new JsonObject { ["command"] = new JsonArray([.. command.Select(word => JsonValue.Create(word))]) } };

    private static JsonObject Security(PodPlan plan)
    {
        var capabilities = new JsonObject { ["drop"] = new JsonArray("ALL") };
        if (plan.Transparent)
        {
            capabilities["add"] = new JsonArray("NET_ADMIN");
        }

        // Sockets that take others' addresses need NET_ADMIN in effect, which only root has without file capabilities; the group exempts it then.
        return new()
        {
            ["allowPrivilegeEscalation"] = false,
            ["capabilities"] = capabilities,
            ["privileged"] = false,
            ["readOnlyRootFilesystem"] = true,
            ["runAsGroup"] = plan.Group,
            ["runAsNonRoot"] = !plan.Transparent,
            ["runAsUser"] = plan.Transparent ? 0 : plan.User,
            ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" },
        };
    }

    private static JsonArray Mounts(PodPlan plan)
    {
        var mounts = new JsonArray(
            Mount(Names.DataVolume, "/var/lib/istio/data", readOnly: false),
            Mount(Names.PodInfoVolume, "/etc/istio/pod", readOnly: true),
            Mount(Names.TokenVolume, "/var/run/secrets/tokens", readOnly: true),
            Mount(Names.RootVolume, "/var/run/secrets/istio", readOnly: true)
        );
        foreach (var mount in plan.Pod.VolumeMounts)
        {
            mounts.Add(mount.DeepClone());
        }

        return mounts;
    }

    private static JsonObject Mount(string name, string path, bool readOnly)
    {
        var mount = new JsonObject { ["name"] = name, ["mountPath"] = path };
        if (readOnly)
        {
            mount["readOnly"] = true;
        }

        return mount;
    }
}
