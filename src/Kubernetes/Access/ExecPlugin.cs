using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Mesh.Kubernetes.Access;

/// <summary>
/// A program that prints a credential (client-go's exec plugins, as clouds use them): run when the last one expires or is refused, one at a time.
/// </summary>
/// <param name="version">The apiVersion that it is to answer in.</param>
/// <param name="info">JSON for <c>KUBERNETES_EXEC_INFO</c>, which tells the program the version it is to answer in.</param>
internal sealed class ExecPlugin(
    string command,
    IReadOnlyList<string> arguments,
    IReadOnlyDictionary<string, string> environment,
    string version,
    string info,
    string? installHint,
    TimeProvider time
) : CredentialSource, IDisposable
{
    // A plugin may ask a cloud, which takes seconds; one that hangs must not hang everything.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // Used up to here before its end, so that a request does not arrive with a dead token.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Given? _given;

    public override async ValueTask<Credential> GetAsync(CancellationToken cancellation)
    {
        if (Fresh() is { } fresh)
        {
            return fresh;
        }

        await _gate.WaitAsync(cancellation);
        try
        {
            if (Fresh() is { } made)
            {
                return made;
            }

            var given = Read(await RunAsync(cancellation));
            _given = given;
            return given.Credential;
        }
        finally
        {
            _gate.Release();
        }
    }

    public override void Refused() => _given = null;

    public void Dispose() => _gate.Dispose();

    private Credential? Fresh() => _given is { } given && time.GetUtcNow() < given.Until - Margin ? given.Credential : null;

    private async Task<string> RunAsync(CancellationToken cancellation)
    {
        // Our own input is not its to read: it was told that nobody answers.
        var start = new ProcessStartInfo("", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.FileName = Program(start.Environment.TryGetValue("PATH", out var path) ? path ?? "" : "");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["KUBERNETES_EXEC_INFO"] = info;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new KubeConfigException($"The credential plugin '{command}' cannot be started: {e.Message}.{Hint}");
        }

        using (process)
        {
            try
            {
                process.StandardInput.Close();
                var errors = process.StandardError.ReadToEndAsync(limit.Token);
                var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
                await process.WaitForExitAsync(limit.Token);
                return process.ExitCode == 0
                    ? output
                    : throw new KubeConfigException(
                        $"The credential plugin '{command}' failed with exit code {process.ExitCode}: {(await errors).Trim()}{Hint}"
                    );
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                process.Kill(entireProcessTree: true);
                throw new KubeConfigException($"The credential plugin '{command}' did not end within {Patience.TotalSeconds} s.");
            }
        }
    }

    // The runtime would also look beside this program and in the working directory, where anybody may have put one of that name.
    private string Program(string path) =>
        command.Contains('/', StringComparison.Ordinal)
            ? command
            : path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                .Where(Path.IsPathRooted)
                .Select(folder => Path.Combine(folder, command))
                .FirstOrDefault(File.Exists)
                ?? throw new KubeConfigException($"The credential plugin '{command}' is not on the PATH.{Hint}");

    private string Hint => installHint is null ? "" : " " + installHint;

    private Given Read(string output)
    {
        try
        {
            using var json = JsonDocument.Parse(output);
            if (Text(json.RootElement, "apiVersion") is { } answered && answered != version)
            {
                throw new KubeConfigException($"The credential plugin '{command}' answered in {answered}, and was asked for {version}.");
            }

            var status = json.RootElement.GetProperty("status");
            var token = Text(status, "token");
            var (certificate, key) = (Text(status, "clientCertificateData"), Text(status, "clientKeyData"));
            if (token is null && (certificate is null || key is null))
            {
                throw new KubeConfigException(
                    $"The credential plugin '{command}' gave neither status.token nor status.clientCertificateData with clientKeyData."
                );
            }

            var until = Text(status, "expirationTimestamp") is { } text ? DateTimeOffset.Parse(text, null) : DateTimeOffset.MaxValue;
            return new(
                new Credential(
                    token is null ? null : "Bearer " + token,
                    certificate is null || key is null ? null : X509Certificate2.CreateFromPem(certificate, key)
                ),
                until == DateTimeOffset.MaxValue ? until - Margin : until
            );
        }
        catch (Exception e)
            when (e
                    is JsonException
                        or KeyNotFoundException
                        or InvalidOperationException
                        or FormatException
                        or System.Security.Cryptography.CryptographicException
            )
        {
            throw new KubeConfigException($"The credential plugin '{command}' printed no usable ExecCredential: {e.Message}");
        }
    }

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed record Given(Credential Credential, DateTimeOffset Until);
}
