namespace Mesh.Xds;

/// <summary>A resource that was asked for and cannot be had: gRPC status code and sentence.</summary>
public readonly record struct ResponseError(string Name, int Code, string Message)
{
    /// <summary>gRPC's NOT_FOUND.</summary>
    public const int NotFound = 5;
}
