using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Cli.Processes;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Tests;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>A real proxy on loopback in front of a server that answers everything with 200; says whether it lets a request through.</summary>
internal sealed class FrontProxy : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-http1-");
    private readonly TcpListener _backend = new(IPAddress.Loopback, 0);
    private readonly int _port = FreePort.On(IPAddress.Loopback);
    private readonly StringBuilder _log = new();
    private readonly Process _process;

    private FrontProxy(string program, Func<FrontProxy, string> configuration, params string[] arguments)
    {
        _backend.Start();
        _ = AnswerAllAsync();
        File.WriteAllText(ConfigurationPath, configuration(this));
        var start = new ProcessStartInfo(Peers.FindProgram(program)!) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument.Replace("FOLDER", _folder.FullName, StringComparison.Ordinal));
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Log(line.Data);
        _process.ErrorDataReceived += (_, line) => Log(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private string ConfigurationPath => Path.Combine(_folder.FullName, "proxy.conf");

    private int BackendPort => ((IPEndPoint)_backend.LocalEndpoint).Port;

    /// <summary>nginx reads whole bodies before it forwards, by default.</summary>
    public static Task<FrontProxy> NginxAsync() =>
        ReadyAsync(
            new FrontProxy(
                "nginx",
                front =>
                    $$"""
                        daemon off;
                        master_process off;
                        pid {{front._folder.FullName}}/pid;
                        error_log stderr crit;
                        events { worker_connections 512; }
                        http {
                            access_log off;
                            client_body_temp_path {{front._folder.FullName}}/body;
                            proxy_temp_path {{front._folder.FullName}}/proxy;
                            fastcgi_temp_path {{front._folder.FullName}}/fastcgi;
                            uwsgi_temp_path {{front._folder.FullName}}/uwsgi;
                            scgi_temp_path {{front._folder.FullName}}/scgi;
                            client_header_timeout 2s;
                            client_body_timeout 2s;
                            large_client_header_buffers 8 64k;
                            server {
                                listen 127.0.0.1:{{front._port}};
                                location / {
                                    proxy_pass http://127.0.0.1:{{front.BackendPort}};
                                }
                            }
                        }
                        """,
                "-p",
                "FOLDER",
                "-e",
                "stderr",
                "-c",
                "FOLDER/proxy.conf"
            )
        );

    /// <summary>HAProxy, told to wait for bodies.</summary>
    public static Task<FrontProxy> HaproxyAsync() =>
        ReadyAsync(
            new FrontProxy(
                "haproxy",
                front =>
                    $"""
                        global
                            tune.bufsize 131072
                            tune.http.maxhdr 256
                            maxconn 200
                        defaults
                            mode http
                            timeout client 10s
                            timeout server 10s
                            timeout connect 10s
                            timeout http-request 2s
                            option http-buffer-request
                        frontend front
                            bind 127.0.0.1:{front._port}
                            default_backend back
                        backend back
                            server one 127.0.0.1:{front.BackendPort}

                        """,
                "-db",
                "-f",
                "FOLDER/proxy.conf"
            )
        );

    /// <summary>The status of the final answer; 0 where the connection is closed without one.</summary>
    public async Task<int> StatusAsync(byte[] request)
    {
        using var limit = new CancellationTokenSource(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _port, limit.Token);
        var answer = new List<byte>();
        try
        {
            await client.GetStream().WriteAsync(request, limit.Token);
            var buffer = new byte[4096];
            for (int read; (read = await client.GetStream().ReadAsync(buffer, limit.Token)) > 0; )
            {
                answer.AddRange(buffer.AsSpan(0, read));
                if (Status(answer) is >= 200 and var status)
                {
                    return status;
                }
            }
        }
        catch (IOException)
        {
            // Closed before everything was sent; what had come before it counts.
        }

        return Status(answer);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        _backend.Dispose();
        _folder.Delete(recursive: true);
    }

    private static async Task<FrontProxy> ReadyAsync(FrontProxy front)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.False(front._process.HasExited, front._log.ToString());
                try
                {
                    using var client = new TcpClient();
                    await client.ConnectAsync(IPAddress.Loopback, front._port);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            "the proxy listens"
        );
        return front;
    }

    // Interim answers are skipped.
    private static int Status(List<byte> answer)
    {
        var text = Encoding.Latin1.GetString([.. answer]);
        var status = 0;
        while (text.StartsWith("HTTP/1.", StringComparison.Ordinal) && text.Length >= 12)
        {
            status = int.Parse(text.AsSpan(9, 3));
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            text = status >= 200 || end < 0 ? "" : text[(end + 4)..];
        }

        return status;
    }

    private async Task AnswerAllAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _backend.AcceptTcpClientAsync());
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The listener is stopped at the end.
        }
    }

    private static async Task AnswerAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            var stream = client.GetStream();
            var buffer = new byte[64 * 1024];
            var tail = "";
            while (!tail.Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                var read = await stream.ReadAsync(buffer);
                if (read == 0)
                {
                    return;
                }

                tail += Encoding.Latin1.GetString(buffer, 0, read);
            }

            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            while (await stream.ReadAsync(buffer) > 0) { }
        }
        catch (IOException)
        {
            // The proxy closed first.
        }
    }

    private void Log(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }
}
