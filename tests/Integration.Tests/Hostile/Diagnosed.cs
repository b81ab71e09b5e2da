using System.Text.Json;
using Mesh.Cli.Processes;
using Mesh.Integration.Tests.Harness;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>Asks a control plane what it found wrong, as an operator does.</summary>
internal static class Diagnosed
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Diagnostics in force: the file's path and the code.</summary>
    public static async Task<IReadOnlyList<(string File, string Code)>> InAsync(LocalMesh mesh)
    {
        var text = await Wait.TextAsync($"http://{mesh.Monitoring}/debug/config", CancellationToken.None);
        if (text is null)
        {
            return [];
        }

        using var dump = JsonDocument.Parse(text);
        return
        [
            .. dump
                .RootElement.GetProperty("diagnostics")
                .EnumerateArray()
                .Select(d => (d.GetProperty("file").GetString() ?? "", d.GetProperty("code").GetString()!)),
        ];
    }

    /// <summary>Waits until every one of these files has a diagnostic.</summary>
    public static async Task UntilAsync(LocalMesh mesh, params string[] files)
    {
        IReadOnlyList<(string File, string Code)> now = [];
        try
        {
            await Wait.UntilAsync(
                "diagnostics",
                Patience,
                async () =>
                {
                    now = await InAsync(mesh);
                    return files.All(file => IsAbout(now, file));
                },
                CancellationToken.None
            );
        }
        catch (TimeoutException)
        {
            Assert.Fail(
                $"no diagnostic for {string.Join(", ", files.Where(file => !IsAbout(now, file)))}; there are: {string.Join(", ", now)}"
            );
        }
    }

    /// <summary>Waits until none of these files has one.</summary>
    public static Task UntilGoneAsync(LocalMesh mesh, params string[] files) =>
        Wait.UntilAsync(
            "the diagnostics go with the garbage",
            Patience,
            async () =>
            {
                var now = await InAsync(mesh);
                return !files.Any(file => IsAbout(now, file));
            },
            CancellationToken.None
        );

    private static bool IsAbout(IReadOnlyList<(string File, string Code)> diagnostics, string file) =>
        diagnostics.Any(d => d.File.EndsWith("/" + file, StringComparison.Ordinal));
}
