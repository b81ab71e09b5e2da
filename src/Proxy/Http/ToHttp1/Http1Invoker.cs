namespace Mesh.Proxy.Http.ToHttp1;

/// <summary>What YARP's forwarder sends one request's messages with: tells the sender whose they are, which a message could only say among its options.</summary>
internal sealed class Http1Invoker(Http1Sender sender, RequestContext context) : HttpMessageInvoker(Unused, disposeHandler: false)
{
    private static readonly NoHandler Unused = new();

    public override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        sender.SendAsync(request, context, cancellationToken);

    private sealed class NoHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
