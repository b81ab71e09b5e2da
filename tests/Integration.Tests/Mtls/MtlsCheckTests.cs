using Mesh.Cli;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Mtls;

/// <summary><c>meshctl mtls check</c> before the switch to STRICT.</summary>
public sealed class MtlsCheckTests(MtlsMesh mesh) : IClassFixture<MtlsMesh>
{
    [Fact]
    public async Task The_check_lists_who_still_sends_plaintext_and_nobody_else()
    {
        await mesh.RequireAsync("mtls: { mode: PERMISSIVE }");
        await mesh.ThroughSidecarAsync();
        string[] check = ["mtls", "check", "--control-plane", mesh.Mesh.Monitoring];
        var clean = await Meshctl.RunAsync(check);
        Assert.True(clean.ExitCode == ExitCodes.Success, clean.Output + clean.Error);
        Assert.Contains("Nobody sends plaintext", clean.Output, StringComparison.Ordinal);

        Assert.NotNull(await mesh.PlaintextAsync());

        var found = await Meshctl.RunAsync(check);
        Assert.Equal(ExitCodes.Failure, found.ExitCode);
        Assert.Contains("127.0.0.1", found.Output, StringComparison.Ordinal);
        Assert.Contains("shop-app.default", found.Output, StringComparison.Ordinal);
        Assert.Contains(
            EchoUpstream.Http1Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            found.Output,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(mesh.Client.Address, found.Output, StringComparison.Ordinal);
    }
}
