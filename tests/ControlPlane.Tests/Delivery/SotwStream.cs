using Mesh.ControlPlane.Delivery;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Delivery;

/// <summary>One state-of-the-world stream of a session, spoken to request by request.</summary>
internal sealed class SotwStream
{
    public SotwStream(IResourceView view) => View = view;

    public StreamSession<Pb.DiscoveryRequest, SotwResponse> Session { get; } = new(SotwProtocol.Instance, new DiscoveryOptions());

    public IResourceView View { get; set; }

    public RequestOutcome Request(string typeUrl, string[]? names = null, string nonce = "", string version = "", string? error = null)
    {
        var request = new Pb.DiscoveryRequest
        {
            Node = new Pb.Node { Id = "n" },
            TypeUrl = typeUrl,
            ResponseNonce = nonce,
            VersionInfo = version,
            ErrorDetail = error is null ? null : new Pb.Status { Code = 3, Message = error },
        };
        request.ResourceNames.AddRange(names ?? []);
        return Session.OnRequest(request);
    }

    public SotwResponse? Next() => Session.Next(View)?.Response;

    /// <summary>The response to a first request, which has to be the only one.</summary>
    public SotwResponse Subscribe(string typeUrl, params string[] names)
    {
        Request(typeUrl, names);
        return Single();
    }

    public SotwResponse Single()
    {
        var response = Next();
        Assert.NotNull(response);
        Assert.Null(Next());
        return response;
    }

    public RequestOutcome Ack(SotwResponse response, params string[] names) =>
        Request(response.TypeUrl, names, response.Nonce, response.Version);

    public RequestOutcome Nack(SotwResponse response, string accepted, params string[] names) =>
        Request(response.TypeUrl, names, response.Nonce, accepted, "no good");

    public static string[] Names(SotwResponse response) => [.. response.Resources.Select(r => r.Name)];
}
