using System.Globalization;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Faults; those without a percentage inject nothing (A.2 "fault").</summary>
internal static class FaultTranslator
{
    public static FaultInjection? Translate(FaultSpec? spec)
    {
        var delay =
            spec?.Delay is { Percentage: > 0 } written && written.FixedDelay > TimeSpan.Zero
                ? new FaultDelay(written.FixedDelay, written.Percentage.Value)
                : null;
        var abort = spec?.Abort is { Percentage: > 0 } error
            ? new FaultAbort(error.HttpStatus, Status(error.GrpcStatus), error.Percentage.Value)
            : null;
        return delay is null && abort is null ? null : new(delay, abort);
    }

    private static int? Status(string? written) =>
        written is null ? null
        : int.TryParse(written, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : GrpcStatusNames.All.IndexOf(written);
}
