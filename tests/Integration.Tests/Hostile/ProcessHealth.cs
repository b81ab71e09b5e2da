using System.Text.RegularExpressions;
using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>Whether a process took what it got: it lives, and its log has no error, which would be a bug or an exception nobody expected.</summary>
internal static partial class ProcessHealth
{
    // Kestrel's HTTP/1.1 says so at error level where an upstream answered before the client had sent all; the connection closes, which is right.
    private const string EarlyAnswer = "automatic draining of the request body failed";

    public static void CheckSound(this ChildProcess process, string after)
    {
        Assert.False(process.HasExited, $"{process.Name} died of {after}:\n{process.Tail(40)}");
        var errors = File.ReadLines(process.LogFile)
            .Where(line => ErrorLine().IsMatch(line) && !line.Contains(EarlyAnswer, StringComparison.Ordinal))
            .Take(5)
            .ToList();
        Assert.True(errors.Count == 0, $"{process.Name} after {after}:\n{string.Join('\n', errors)}\n{process.Tail(40)}");
    }

    [GeneratedRegex(@"(^|\s)(fail|crit): |Unhandled exception|System\.[A-Za-z.]*Exception")]
    private static partial Regex ErrorLine();
}
