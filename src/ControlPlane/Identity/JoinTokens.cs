using System.Collections.Frozen;
using Mesh.Startup;
using Microsoft.Extensions.Logging;

namespace Mesh.ControlPlane.Identity;

/// <summary>Join tokens of a file that is followed: what it says counts from the next token that is shown. A file that got broken leaves the last good one in force.</summary>
internal sealed partial class JoinTokens(string path, string trustDomain, SpentTokens spent, TimeProvider time, ILogger<JoinTokens> logger)
{
    private readonly Lock gate = new();
    private (DateTime Written, long Length) stamp;
    private FrozenDictionary<string, JoinToken> tokens = FrozenDictionary<string, JoinToken>.Empty;

    /// <summary>Reads the file for the first time, when a problem still ends the start.</summary>
    /// <exception cref="IdentityException">The file cannot be used.</exception>
    public void Open()
    {
        stamp = Stamp();
        tokens = Load();
    }

    /// <summary>A <see cref="TokenReader"/>.</summary>
    public ValueTask<TokenVerdict> ReadAsync(Redacted token, CancellationToken cancellation) => new(Read(token));

    /// <summary>Whether any line, also one whose time is over, is this identity's.</summary>
    public bool Name(WorkloadIdentity identity)
    {
        Follow();
        return Volatile.Read(ref tokens).Values.Any(token => token.Identity == identity);
    }

    private TokenVerdict Read(Redacted token)
    {
        Follow();
        var hash = JoinTokenFile.HashOf(token.Reveal());
        if (!tokens.TryGetValue(hash, out var found))
        {
            return TokenVerdict.Unknown;
        }

        if (found.Until <= time.GetUtcNow())
        {
            return TokenVerdict.Refuse($"a join token of {found.Identity} was shown that ended at {found.Until:u}");
        }

        return TokenVerdict.Accept(
            new(found.Identity, null, "join token", found.Once ? new SingleUse(spent, hash) : null) { Until = found.Until }
        );
    }

    private void Follow()
    {
        lock (gate)
        {
            try
            {
                var now = Stamp();
                if (now == stamp)
                {
                    return;
                }

                stamp = now;
                tokens = Load();
                LogFollowed(logger, path, tokens.Count);
            }
            catch (IdentityException e)
            {
                LogBroken(logger, e.Message);
            }
        }
    }

    private (DateTime Written, long Length) Stamp()
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }

    private FrozenDictionary<string, JoinToken> Load()
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IdentityException($"--join-tokens {path} cannot be read: {e.Message}", e);
        }

        var found = JoinTokenFile.Read(text, trustDomain, out var problems);
        return problems.Count == 0
            ? found
            : throw new IdentityException($"--join-tokens {path} cannot be used: {string.Join("; ", problems)}");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} has changed: {Count} join tokens")]
    private static partial void LogFollowed(ILogger logger, string path, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}; the tokens before stay in force")]
    private static partial void LogBroken(ILogger logger, string problem);
}
