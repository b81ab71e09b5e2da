namespace Mesh.Grpc;

/// <summary>What <see cref="GrpcFrame.Read"/> found at the front of the bytes it was given.</summary>
internal enum GrpcFrameOutcome
{
    /// <summary>A whole message.</summary>
    Message,

    /// <summary>The beginning of a message; more bytes decide.</summary>
    Incomplete,

    /// <summary>A message whose announced length is over the limit.</summary>
    TooLarge,

    /// <summary>A message marked as compressed, though no compression was agreed on.</summary>
    Compressed,

    /// <summary>A first byte that is neither 0 nor 1: not gRPC.</summary>
    BadFlag,
}
