using System.Globalization;
using Mesh.Cli.Processes;
using Mesh.Tests;

namespace Mesh.Integration.Tests.Harness;

/// <summary>nginx as an application that says what it was asked for: HTTP/1.1 on port 8080, HTTP/2 on port 8081.</summary>
internal sealed class NginxUpstream : IAsyncDisposable
{
    /// <summary>What a test asks for.</summary>
    public const string Peer = "program:nginx";

    private readonly ChildProcess _process;
    private readonly DirectoryInfo _folder;

    private NginxUpstream(string address)
    {
        Address = address;
        _folder = Directory.CreateTempSubdirectory("mesh-nginx-");
        var path = Path.Combine(_folder.FullName, "nginx.conf");
        File.WriteAllText(path, Configuration(address, _folder.FullName));
        _process = ChildProcess.Start(
            "nginx",
            Peers.FindProgram("nginx")!,
            ["-p", _folder.FullName, "-e", "stderr", "-c", path],
            Path.Combine(_folder.FullName, "nginx.log")
        );
    }

    public string Address { get; }

    public static async Task<NginxUpstream> StartAsync()
    {
        var upstream = new NginxUpstream(LoopbackSubnet.NextAddress());
        await Wait.UntilAsync(
            "nginx is ready",
            TimeSpan.FromSeconds(30),
            () => Wait.AnswersAsync($"http://{upstream.Address}:{EchoUpstream.Http1Port}/", CancellationToken.None),
            CancellationToken.None
        );
        return upstream;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    // $request_uri is what came in; $http_x_forwarded_client_cert too.
    private static string Configuration(string address, string folder) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            daemon off;
            master_process off;
            pid {{folder}}/pid;
            error_log stderr crit;
            events { worker_connections 512; }
            http {
                access_log off;
                client_body_temp_path {{folder}}/body;
                proxy_temp_path {{folder}}/proxy;
                fastcgi_temp_path {{folder}}/fastcgi;
                uwsgi_temp_path {{folder}}/uwsgi;
                scgi_temp_path {{folder}}/scgi;
                merge_slashes off;
                server {
                    listen {{address}}:{{EchoUpstream.Http1Port}};
                    listen {{address}}:{{EchoUpstream.Http2Port}} http2;
                    location / {
                        default_type text/plain;
                        return 200 "$request_uri $http_host $http_x_rule";
                    }
                }
            }
            """
        );
}
