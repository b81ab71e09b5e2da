using System.Collections.Immutable;
using Mesh.Grpc;
using Mesh.Startup;

namespace Mesh.ControlPlane.Identity;

/// <summary>Tells who calls, by client certificate, token or both, which then must agree. Callers hear that they were refused, the log hears why.</summary>
/// <param name="welcome">Whether somebody who has a certificate may go on by it; null for everybody.</param>
internal sealed class CallerAuthenticator(
    CertificateAuthority authority,
    ImmutableArray<TokenReader> readers,
    Func<WorkloadIdentity, bool>? welcome,
    IdentityMetrics metrics,
    RefusalLog refusals,
    TimeProvider time
)
{
    private const string Bearer = "Bearer ";

    /// <summary>No token of any kind comes near it.</summary>
    private const int LongestToken = 16 * 1024;

    /// <exception cref="GrpcException">UNAUTHENTICATED, without a reason that would help somebody who tries.</exception>
    public async ValueTask<Caller> AuthenticateAsync(GrpcServerContext context)
    {
        var (caller, refusal) = await JudgeAsync(context);
        return caller ?? throw Refuse(context, refusal);
    }

    /// <summary>Logs and counts a refusal.</summary>
    public GrpcException Refuse(GrpcServerContext context, string reason)
    {
        metrics.Refused.Inc();
        refusals.Add(context.Peer, reason, $"Refused {context.Peer} at {context.Method}: {reason}");
        return new(GrpcStatusCode.Unauthenticated, "the caller's credential is not accepted; the control plane's log says why");
    }

    private async ValueTask<(Caller? Caller, string Refusal)> JudgeAsync(GrpcServerContext context)
    {
        if (!context.IsEncrypted)
        {
            return (null, "it came without TLS");
        }

        Caller? certified = null;
        if (context.ClientCertificate is { } certificate)
        {
            // The handshake has verified it, but connections outlive certificates.
            if (certificate.NotAfter.ToUniversalTime() <= time.GetUtcNow().UtcDateTime)
            {
                return (null, "its client certificate has expired since it connected");
            }

            if (WorkloadIdentity.Of(certificate) is not { } identity || identity.TrustDomain != authority.TrustDomain)
            {
                return (null, $"the client certificate names no workload of {authority.TrustDomain}");
            }

            if (welcome?.Invoke(identity) == false)
            {
                return (null, $"there is no join token for {identity} any more");
            }

            certified = new(identity, null, "client certificate") { Until = certificate.NotAfter.ToUniversalTime() };
        }

        if (context.RequestHeaders.GetText("authorization") is not { } header)
        {
            return (certified, certified is null ? "it has neither token nor client certificate" : "");
        }

        if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) || header.Length > LongestToken)
        {
            return (null, "its authorization is no bearer token");
        }

        var (tokenCaller, refusal) = await JudgeAsync(new Redacted(header[Bearer.Length..].Trim()), context.CancellationToken);
        return tokenCaller is null ? (null, refusal)
            : certified is not null && certified.Identity != tokenCaller.Identity
                ? (null, $"its client certificate is {certified.Identity}'s and its token {tokenCaller.Identity}'s")
            : (tokenCaller, "");
    }

    private async ValueTask<(Caller? Caller, string Refusal)> JudgeAsync(Redacted token, CancellationToken cancellation)
    {
        foreach (var reader in readers)
        {
            var verdict = await reader(token, cancellation);
            if (verdict.Caller is not null || verdict.Refusal is not null)
            {
                return (verdict.Caller, verdict.Refusal ?? "");
            }
        }

        return (null, "nobody knows its token");
    }
}
