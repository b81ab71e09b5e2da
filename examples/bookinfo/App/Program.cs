using System.CommandLine;
using System.Net;
using Mesh.Bookinfo;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// One program, four roles: `Mesh.Bookinfo --role reviews --version-label v2 --listen 127.1.2.42:9080 --mesh http://127.1.1.42:15001`.
// It knows its neighbours by their service names only and sends every call to the sidecar beside it.
var role = new Option<string>("--role") { Description = "productpage, details, reviews or ratings", Required = true };
role.AcceptOnlyFromAmong("productpage", "details", "reviews", "ratings");
var version = new Option<string>("--version-label") { Description = "Version that the answers carry", DefaultValueFactory = _ => "v1" };
var listen = new Option<string>("--listen") { Description = "Address and port to serve on", Required = true };
var mesh = new Option<string>("--mesh") { Description = "Outbound port of the sidecar, as http://IP:PORT", Required = true };

var root = new RootCommand("A small bookshop to watch a mesh with.") { role, version, listen, mesh };
root.SetAction(
    async (arguments, cancel) =>
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPEndPoint.Parse(arguments.GetRequiredValue(listen))));
        await using var app = builder.Build();

        using var neighbours = new Neighbours(new Uri(arguments.GetRequiredValue(mesh)));
        var versionLabel = arguments.GetRequiredValue(version);
        switch (arguments.GetRequiredValue(role))
        {
            case "productpage":
                ProductPage.Map(app, neighbours);
                break;
            case "details":
                Details.Map(app);
                break;
            case "reviews":
                Reviews.Map(app, versionLabel, neighbours);
                break;
            case "ratings":
                Ratings.Map(app);
                break;
        }

        await HostingAbstractionsHostExtensions.RunAsync(app, cancel);
    }
);
return await root.Parse(args).InvokeAsync();
