using System.Net;
using Mesh.Cli.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Tests.Harness;

/// <summary>A client sidecar, and service <c>shop</c> with one pod: a server sidecar in front of an application at an address of its own.</summary>
public sealed class InboundMesh : IAsyncLifetime
{
    internal const string Service = "shop";
    internal const string TrailerPath = "/trailers";

    internal LocalMesh Mesh { get; private set; } = null!;

    internal EchoUpstream App { get; private set; } = null!;

    internal Sidecar Client { get; private set; } = null!;

    internal Sidecar Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        App = await EchoUpstream.StartAsync(
            "app",
            app =>
            {
                BulkPath.AddTo(app);
                WebSocketPath.AddTo(app);
                ((IApplicationBuilder)app).Map(TrailerPath, branch => branch.Run(AnswerWithTrailersAsync));
            }
        );
        Mesh = await LocalMesh.StartAsync();
        Server = await InjectedService.StartPodAsync(Mesh, Service, App);
        Mesh.Write("shop.yaml", InjectedService.Yaml(Service, (App, Server)));
        Client = await Mesh.StartSidecarAsync();
        foreach (var protocol in new[] { Protocols.Http1, Protocols.Http2 })
        {
            using var client = new EchoClient(Client, protocol);
            await Wait.UntilAsync(
                $"{Service} answering over {protocol}",
                TimeSpan.FromSeconds(60),
                async () =>
                {
                    using var response = await client.SendAsync("/", host: Service);
                    return response.StatusCode == HttpStatusCode.OK;
                },
                CancellationToken.None
            );
        }
    }

    public async Task DisposeAsync()
    {
        await Mesh.DisposeAsync();
        await App.DisposeAsync();
    }

    private static async Task AnswerWithTrailersAsync(HttpContext context)
    {
        context.Response.DeclareTrailer("x-checksum");
        await context.Response.WriteAsync("body");
        await context.Response.Body.FlushAsync(context.RequestAborted);
        context.Response.AppendTrailer("x-checksum", "of-the-body");
        context.Response.AppendTrailer("x-undeclared", "comes too");
    }
}
