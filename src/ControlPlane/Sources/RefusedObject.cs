using Mesh.Config;
using Mesh.Config.Specs;

namespace Mesh.ControlPlane.Sources;

/// <summary>What is in force of an object that is refused for its own errors, the same for every source (design.md "What a broken object does").</summary>
internal static class RefusedObject
{
    /// <summary>The object in force and what to say of it; null where nothing is.</summary>
    /// <param name="last">What was in force before.</param>
    public static (ConfigObject InForce, Diagnostic Diagnostic)? Settle(
        ObjectKey key,
        ParseResult result,
        ConfigObject? last,
        SourceLocation location
    )
    {
        if (last is not null && last.Spec is not ISecuritySpec { IsRefused: true })
        {
            return (
                last,
                new(
                    SourceCodes.LastVersionInForce,
                    key,
                    "",
                    "the object is refused for its errors, so the version read before stays in force; correct the errors",
                    location
                )
            );
        }

        return result.StandIns.FirstOrDefault(item => item.Key == key) is { } standIn
            ? (
                standIn,
                new(
                    SourceCodes.ClosedByRefusal,
                    key,
                    "",
                    "the object is refused for its errors and never was in force, so that all it could restrict is refused; correct the errors, or"
                        + " delete the object",
                    location
                )
            )
            : null;
    }
}
