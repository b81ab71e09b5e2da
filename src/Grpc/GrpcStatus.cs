namespace Mesh.Grpc;

/// <summary>The end of a call as both sides see it: a code for programs and a sentence for people.</summary>
/// <param name="Code">What programs decide on.</param>
/// <param name="Message">What people read; any Unicode text, percent-encoded on the wire.</param>
public readonly record struct GrpcStatus(GrpcStatusCode Code, string Message)
{
    /// <summary>Success, without a message.</summary>
    public static GrpcStatus Ok => new(GrpcStatusCode.Ok, "");

    /// <inheritdoc/>
    public override string ToString() => string.IsNullOrEmpty(Message) ? $"{Code}" : $"{Code}: {Message}";
}
