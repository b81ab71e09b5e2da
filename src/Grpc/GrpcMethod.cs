using Google.Protobuf;

namespace Mesh.Grpc;

/// <summary>One method of a gRPC service: its path and the messages that go each way; shared by clients and servers.</summary>
/// <typeparam name="TRequest">What the client sends.</typeparam>
/// <typeparam name="TResponse">What the server sends.</typeparam>
public sealed class GrpcMethod<TRequest, TResponse>
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>Names a method.</summary>
    /// <param name="fullName">The path, <c>/package.Service/Method</c>.</param>
    /// <param name="requestParser">Reads requests on the server.</param>
    /// <param name="responseParser">Reads responses on the client.</param>
    public GrpcMethod(string fullName, MessageParser<TRequest> requestParser, MessageParser<TResponse> responseParser)
    {
        ArgumentException.ThrowIfNullOrEmpty(fullName);
        var slash = fullName.LastIndexOf('/');
        if (fullName[0] != '/' || slash < 2 || slash == fullName.Length - 1)
        {
            throw new ArgumentException($"\"{fullName}\" must have the form /package.Service/Method.", nameof(fullName));
        }
        ArgumentNullException.ThrowIfNull(requestParser);
        ArgumentNullException.ThrowIfNull(responseParser);
        FullName = fullName;
        RequestParser = requestParser;
        ResponseParser = responseParser;
    }

    /// <summary>The path of the method, <c>/package.Service/Method</c>; case matters.</summary>
    public string FullName { get; }

    /// <summary>Reads requests on the server.</summary>
    public MessageParser<TRequest> RequestParser { get; }

    /// <summary>Reads responses on the client.</summary>
    public MessageParser<TResponse> ResponseParser { get; }

    /// <inheritdoc/>
    public override string ToString() => FullName;
}
