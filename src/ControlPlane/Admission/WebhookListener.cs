using System.Net;
using Mesh.Listening;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using WebhookCertificate = Mesh.Kubernetes.Webhooks.ServingCertificate;

namespace Mesh.ControlPlane.Admission;

/// <summary>The webhook's address: TLS with the certificate of the moment, and a mark on its connections, so that nothing else is served there.</summary>
internal sealed class WebhookListener
{
    private WebhookListener() { }

    public static void Listen(KestrelServerOptions kestrel, IPEndPoint address, WebhookCertificate certificate) =>
        kestrel.Listen(
            address,
            listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(kestrel.ApplicationServices.GetRequiredService<PortLimits>().Requests("webhook"));
                listen.Use(next =>
                    connection =>
                    {
                        connection.Features.Set(new WebhookListener());
                        return next(connection);
                    }
                );
                listen.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificateSelector = (_, _) => certificate.Current });
            }
        );

    /// <summary>Whether a request came to the webhook's address.</summary>
    public static bool Is(HttpContext http) => http.Features.Get<WebhookListener>() is not null;
}
