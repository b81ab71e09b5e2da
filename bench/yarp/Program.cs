using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.ReverseProxy.Forwarder;

// dotnet Mesh.Yarp.dll http://LISTEN:PORT http://UPSTREAM:PORT [VERSION VERSION]
// Kestrel and YARP's direct forwarder with every setting as it comes, for comparison; only the line that it logs per request is left out. The
// versions, 1 or 2, are the clients' and the upstream's: without TLS neither side can find out.
var builder = WebApplication.CreateBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddHttpForwarder();
if (args is [_, _, var clients, _])
{
    builder.WebHost.ConfigureKestrel(kestrel =>
        kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = clients == "2" ? HttpProtocols.Http2 : HttpProtocols.Http1)
    );
}

var forward = args is [_, _, _, "2"]
    ? new ForwarderRequestConfig { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact }
    : ForwarderRequestConfig.Empty;
var app = builder.Build();
app.MapForwarder("/{**path}", args[1], forward);
app.Run(args[0]);
