using System.Globalization;
using Mesh.Grpc;
using Mesh.Xds;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Identity;

/// <summary>The I/O edge of the authority: who calls gets a certificate for exactly who the credential says it is, whatever its request asks for.</summary>
internal sealed partial class CertificateService(
    CertificateAuthority authority,
    CallerAuthenticator callers,
    IdentityMetrics metrics,
    RefusalLog refusals,
    TimeProvider time,
    ILogger<CertificateService> logger
)
{
    private const int MaxRequestBytes = 64 * 1024;

    public static GrpcMethod<Pb.IstioCertificateRequest, Pb.IstioCertificateResponse> Method { get; } =
        new(CertificateMethods.CreateCertificatePath, Pb.IstioCertificateRequest.Parser, Pb.IstioCertificateResponse.Parser);

    public void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGrpcUnary(Method, CreateAsync, new GrpcServerOptions { MaxReceiveMessageSize = MaxRequestBytes });

    private async Task<Pb.IstioCertificateResponse> CreateAsync(Pb.IstioCertificateRequest request, GrpcServerContext context)
    {
        metrics.Requests.Inc();
        var caller = await callers.AuthenticateAsync(context);
        if (SigningRequest.Read(request.Csr, out var problem) is not { } key)
        {
            metrics.BadRequests.Inc();
            refusals.Add(context.Peer, problem, $"Refused the signing request of {caller.Identity} at {context.Peer}: {problem}");
            throw new GrpcException(GrpcStatusCode.InvalidArgument, $"the signing request is refused: {problem}");
        }

        // Spent last of all: a request that fails for another reason costs nobody a token.
        if (caller.Single?.Allows(key) == false)
        {
            throw callers.Refuse(context, $"a join token of {caller.Identity} that is good for one use was used before, with another key");
        }

        // One state for both: the chain belongs to what signed.
        var (state, bundle) = (authority.State, authority.Bundle);
        using var certificate = authority.Issue(
            key,
            caller.Identity,
            TimeSpan.FromSeconds(Math.Clamp(request.ValidityDuration, 0, int.MaxValue))
        );
        metrics.Issued.Inc();
        LogIssued(
            logger,
            caller.Identity.Uri,
            context.Peer,
            caller.Proof,
            certificate.SerialNumber,
            certificate.NotAfter.ToUniversalTime()
        );
        context.ResponseHeaders.Add(CertificateMethods.TimeHeader, time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
        return new()
        {
            CertChain =
            {
                certificate.ExportCertificatePem() + "\n",
                state.Signing.Chain.Select(c => c.ExportCertificatePem() + "\n"),
                bundle.Pem,
            },
        };
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Issued a certificate to {Identity} at {Peer} by {Proof}: serial {Serial}, until {Until:u}"
    )]
    private static partial void LogIssued(ILogger logger, string identity, string peer, string proof, string serial, DateTime until);
}
