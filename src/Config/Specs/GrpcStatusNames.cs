using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>The names of gRPC's status codes as users write them, in the order of their numbers (gRPC, "Status codes and their use in gRPC").</summary>
public static class GrpcStatusNames
{
    /// <summary>The name of status N at index N.</summary>
    public static ImmutableArray<string> All { get; } =
    [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
}
