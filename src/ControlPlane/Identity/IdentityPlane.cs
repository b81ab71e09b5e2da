using System.Collections.Immutable;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Model;
using Mesh.Metrics;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Identity;

/// <summary>The composition of everything about identity: authority, who may ask it, the secure port; and the loop that follows the store.</summary>
internal sealed class IdentityPlane : BackgroundService
{
    /// <summary>How often the store is looked at: a rotation takes hours, so nobody waits for it.</summary>
    public static readonly TimeSpan StorePoll = TimeSpan.FromSeconds(5);

    private readonly IdentityOptions options;
    private readonly TimeProvider time;
    private readonly JoinTokens? joinTokens;
    private readonly CallerAuthenticator callers;
    private readonly CertificateService service;
    private readonly SecureTransport transport;
    private readonly RefusalLog refusals;

    /// <param name="store">Where the authority is kept unless the options name a directory.</param>
    /// <param name="readers">Ways to tell whose a token is, beside the join tokens of the options; asked after those.</param>
    public IdentityPlane(
        IdentityOptions options,
        MeshSettings settings,
        IAuthorityStore? store,
        ImmutableArray<TokenReader> readers,
        MetricRegistry registry,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        (this.options, this.time) = (options, time);
        Authority = new(
            options.Directory is { } directory
                ? new DirectoryAuthorityStore(directory)
                : store ?? throw new ArgumentException("An authority without a directory needs a store.", nameof(store)),
            settings.TrustDomain,
            options.Lifetime,
            time,
            loggers.CreateLogger<CertificateAuthority>()
        );
        Func<WorkloadIdentity, bool>? welcome = null;
        if (options.JoinTokens is { } file)
        {
            // Where joining by such a token is the only way, whose line is gone is not welcome any more.
            welcome = readers.IsEmpty ? identity => joinTokens!.Name(identity) : null;
            joinTokens = new(file, settings.TrustDomain, new(options.Directory!), time, loggers.CreateLogger<JoinTokens>());
            readers = readers.Insert(0, joinTokens.ReadAsync);
        }

        var metrics = new IdentityMetrics(registry);
        IdentityMetrics.Register(registry, Authority);
        refusals = new(time, loggers.CreateLogger<RefusalLog>());
        callers = new(Authority, readers, welcome, metrics, refusals, time);
        service = new(Authority, callers, metrics, refusals, time, loggers.CreateLogger<CertificateService>());
        transport = new(Authority, new(Authority, options.ServingNames(settings.RootNamespace), time), refusals, time);
    }

    public CertificateAuthority Authority { get; }

    /// <summary>Before anything listens.</summary>
    /// <exception cref="IdentityException">The authority or the join tokens cannot be used.</exception>
    public async Task OpenAsync(CancellationToken cancellation)
    {
        joinTokens?.Open();
        await Authority.OpenAsync(cancellation);
    }

    public void Listen(KestrelServerOptions kestrel) => transport.Listen(kestrel, options.SecureAds);

    public void Map(IEndpointRouteBuilder endpoints) => service.Map(endpoints);

    public StreamAdmission Admission() => new NodeAdmission(callers, refusals).AdmitAsync;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(StorePoll, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await Authority.RefreshAsync(stoppingToken);
            refusals.Sweep();
        }
    }
}
