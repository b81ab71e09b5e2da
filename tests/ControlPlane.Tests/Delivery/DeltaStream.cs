using Mesh.ControlPlane.Delivery;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>One delta stream of a session, spoken to request by request.</summary>
internal sealed class DeltaStream
{
    public DeltaStream(IResourceView view) => View = view;

    public StreamSession<Pb.DeltaDiscoveryRequest, DeltaResponse> Session { get; } = new(DeltaProtocol.Instance, new DiscoveryOptions());

    public IResourceView View { get; set; }

    public RequestOutcome Request(
        string typeUrl,
        string[]? subscribe = null,
        string[]? unsubscribe = null,
        string nonce = "",
        string? error = null,
        params (string Name, string Version)[] initial
    )
    {
        var request = new Pb.DeltaDiscoveryRequest
        {
            TypeUrl = typeUrl,
            ResponseNonce = nonce,
            ErrorDetail = error is null ? null : new Pb.Status { Code = 3, Message = error },
        };
        request.ResourceNamesSubscribe.AddRange(subscribe ?? []);
        request.ResourceNamesUnsubscribe.AddRange(unsubscribe ?? []);
        foreach (var (name, version) in initial)
        {
            request.InitialResourceVersions.Add(name, version);
        }
        return Session.OnRequest(request);
    }

    public DeltaResponse? Next() => Session.Next(View)?.Response;

    public DeltaResponse Subscribe(string typeUrl, params string[] names)
    {
        Request(typeUrl, names);
        return Single();
    }

    public DeltaResponse Single()
    {
        var response = Next();
        Assert.NotNull(response);
        Assert.Null(Next());
        return response;
    }

    public RequestOutcome Ack(DeltaResponse response) => Request(response.TypeUrl, nonce: response.Nonce);

    public static string[] Names(DeltaResponse response) => [.. response.Resources.Select(r => r.Name)];

    public static string[] Removed(DeltaResponse response) => [.. response.Removed];
}
