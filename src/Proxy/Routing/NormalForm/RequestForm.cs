namespace Mesh.Proxy.Routing.NormalForm;

/// <summary>How a chain's requests are made ready before anything reads them.</summary>
/// <param name="NamesPeers">Whether <c>x-forwarded-client-cert</c> is written for clients that mutual TLS has verified; from others it never comes through.</param>
internal sealed record RequestForm(PathForm Path, bool NamesPeers)
{
    /// <summary>What a listener says that says nothing.</summary>
    public static RequestForm AsReceived { get; } = new(PathForm.AsReceived, false);
}
