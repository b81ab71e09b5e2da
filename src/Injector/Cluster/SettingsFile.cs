using System.Collections.Immutable;
using Mesh.Injector.Reading;
using Mesh.Injector.Settings;
using Microsoft.Extensions.Logging;

namespace Mesh.Injector.Cluster;

/// <summary>Follows the file of <see cref="InjectionSettings"/>; a version that is wrong is reported, and the last good one stays.</summary>
/// <param name="path">Null for the defaults.</param>
internal sealed class SettingsFile(string? path, TimeProvider time, ILogger logger)
{
    // A ConfigMap takes the kubelet about a minute to bring; looking at a small file costs nothing.
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    private string _text = "";
    private volatile InjectionSettings _current = InjectionSettings.Default;

    /// <summary>What holds now.</summary>
    public InjectionSettings Current => _current;

    /// <summary>Whether the file's last version is in force.</summary>
    public bool IsSound { get; private set; } = true;

    /// <summary>Reads the file now; gives what is wrong with it, where it changed.</summary>
    public ImmutableArray<InjectionProblem> Load()
    {
        if (path is null)
        {
            return [];
        }

        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            IsSound = false;
            return [new(path, $"cannot be read: {e.Message}")];
        }

        if (text == _text)
        {
            return [];
        }

        _text = text;
        var (settings, problems) = SettingsReader.Read(text);
        IsSound = problems.Length == 0;
        if (IsSound)
        {
            _current = settings;
        }

        return problems;
    }

    /// <summary>Ends when cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (path is not null && !cancellation.IsCancellationRequested)
        {
            await Task.Delay(Between, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var before = _current;
            var wasSound = IsSound;
            var problems = Load();
            if (problems.Length > 0 && (wasSound || problems[0].Path != path))
            {
                logger.LogError("{File} is not in force: {Problems}", path, string.Join("; ", problems));
            }
            else if (_current != before)
            {
                logger.LogInformation("{File} is in force", path);
            }
        }
    }
}
