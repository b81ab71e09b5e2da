namespace Mesh.Kubernetes.Leases;

/// <summary>Has one of several processes lead at a time, through a Lease object; moves what its <see cref="LeaseSession"/> decides.</summary>
/// <param name="identity">Unique among the candidates: a pod's name.</param>
public sealed class LeaderElector(KubernetesClient client, string ns, string name, string identity, LeaseTimes times, TimeProvider time)
{
    private static readonly ApiResource Resource = new("coordination.k8s.io", "v1", "leases", "Lease");

    private readonly LeaseSession _session = new(identity, times);
    private readonly long _start = time.GetTimestamp();
    private volatile bool _leads;

    /// <summary>This process leads at the moment.</summary>
    public bool Leads => _leads;

    /// <summary>Leadership came or went.</summary>
    public event Action<bool>? Changed;

    /// <summary>Why the lease could not be read or written; null while it can.</summary>
    public string? Problem { get; private set; }

    /// <summary>Ends when cancelled, and gives the lease up so that nobody has to wait for it to run out.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await TryAsync(cancellation);
            await Task.Delay(times.RetryPeriod, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_leads)
        {
            await GiveUpAsync();
        }
    }

    private TimeSpan Uptime => time.GetElapsedTime(_start);

    private async Task TryAsync(CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(_session.Patience(Uptime), time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            var lease = await client.GetAsync(Resource, ns, name, limit.Token);
            var found = lease is null ? null : LeaseRecord.Read(lease);
            var sentAt = Uptime;
            if (_session.Wish(found, sentAt, time.GetUtcNow()) is { } wish)
            {
                await WriteAsync(wish, lease?.ResourceVersion, limit.Token);
                _session.Wrote(written: true, sentAt);
            }
            else
            {
                _session.Lost();
            }

            Problem = null;
        }
        catch (ApiException e) when (e.Status.Code == 409)
        {
            // Somebody else wrote first.
            _session.Wrote(written: false, Uptime);
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e, cancellation))
        {
            // What failed before says more than that there was no time left for another answer.
            Problem = late.IsCancellationRequested ? Problem ?? "the lease was not renewed in time: no answer" : e.Message;
            _session.Failed(Uptime);
        }

        Announce();
    }

    private async Task GiveUpAsync()
    {
        try
        {
            var lease = await client.GetAsync(Resource, ns, name);
            if (lease is not null && LeaseRecord.Read(lease) is var found && found.Holder == identity)
            {
                await WriteAsync(found with { Holder = "", DurationSeconds = 1 }, lease.ResourceVersion, CancellationToken.None);
            }
        }
        catch (Exception e) when (KubernetesClient.IsFailure(e, CancellationToken.None))
        {
            Problem = e.Message; // it runs out by itself
        }

        _session.Lost();
        Announce();
    }

    private Task<KubernetesObject> WriteAsync(LeaseRecord record, string? resourceVersion, CancellationToken cancellation)
    {
        var body = record.Write(ns, name, resourceVersion);
        return resourceVersion is null
            ? client.CreateAsync(Resource, ns, body, cancellation)
            : client.ReplaceAsync(Resource, ns, name, body, cancellation);
    }

    private void Announce()
    {
        if (_leads != _session.Leads)
        {
            _leads = _session.Leads;
            Changed?.Invoke(_leads);
        }
    }
}
