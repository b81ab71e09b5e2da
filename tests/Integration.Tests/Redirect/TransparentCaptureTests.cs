using System.Text;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>TPROXY: the application sees who its client is.</summary>
public sealed class TransparentCaptureTests(TransparentMesh mesh) : IClassFixture<TransparentMesh>
{
    [RedirectFact]
    public void HTTP_obeys_the_rules()
    {
        var answer = mesh.Curl("-H", "Host: web", $"http://{RedirectMesh.Vip}/hello");
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("x-by: rule", answer, StringComparison.OrdinalIgnoreCase);
        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task The_application_sees_the_clients_address()
    {
        using var connection = await mesh.Client.ConnectAsync(RedirectMesh.OtherVip, RedirectMesh.ClientFirst);
        await connection.SendAsync("WHO");
        var expected = $"<{RedirectMesh.ClientAddress}>";
        Assert.Equal(expected, Encoding.ASCII.GetString(await connection.ReadAsync(expected.Length)));
        mesh.CheckSound();
    }

    [RedirectFact]
    public async Task Over_IPv6_too()
    {
        using var connection = await mesh.Client.ConnectAsync(RedirectMesh.UnknownIpv6, 9999);
        await connection.SendAsync("WHO");
        var expected = $"<{RedirectMesh.ClientIpv6}>";
        Assert.Equal(expected, Encoding.ASCII.GetString(await connection.ReadAsync(expected.Length)));
        mesh.CheckSound();
    }
}
