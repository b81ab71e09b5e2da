using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Grpc;

/// <summary>Puts gRPC methods onto a server's routes.</summary>
public static class GrpcEndpointExtensions
{
    /// <summary>Serves a method with one request and one response. It may finish while the server stops.</summary>
    public static IEndpointConventionBuilder MapGrpcUnary<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints,
        GrpcMethod<TRequest, TResponse> method,
        Func<TRequest, GrpcServerContext, Task<TResponse>> handler,
        GrpcServerOptions? options = null
    )
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Map(endpoints, method, stream => RunUnaryAsync(stream, handler), options, CancellationToken.None);
    }

    /// <summary>Serves a method with streams of requests and responses, of any lengths. When the server stops, the call ends with UNAVAILABLE.</summary>
    public static IEndpointConventionBuilder MapGrpcDuplex<TRequest, TResponse>(
        this IEndpointRouteBuilder endpoints,
        GrpcMethod<TRequest, TResponse> method,
        Func<GrpcServerStream<TRequest, TResponse>, Task> handler,
        GrpcServerOptions? options = null
    )
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(endpoints);
        var stopping = endpoints.ServiceProvider.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        return Map(endpoints, method, handler, options, stopping);
    }

    /// <summary>Answers gRPC calls of methods that nothing else serves with UNIMPLEMENTED; other requests still get 404.</summary>
    public static IEndpointConventionBuilder MapGrpcUnimplemented(this IEndpointRouteBuilder endpoints)
    {
        return endpoints.MapFallback(
            "{**path}",
            http =>
            {
                if (!HttpProtocol.IsHttp2(http.Request.Protocol) || !GrpcWireHeaders.IsGrpc(http.Request.ContentType))
                {
                    http.Response.StatusCode = StatusCodes.Status404NotFound;
                    return Task.CompletedTask;
                }
                http.Response.ContentType = GrpcWireHeaders.ContentType;
                GrpcWireHeaders.AppendStatus(http.Response.Headers, GrpcRequestCheck.NoSuchMethod(http));
                return Task.CompletedTask;
            }
        );
    }

    private static IEndpointConventionBuilder Map<TRequest, TResponse>(
        IEndpointRouteBuilder endpoints,
        GrpcMethod<TRequest, TResponse> method,
        Func<GrpcServerStream<TRequest, TResponse>, Task> handler,
        GrpcServerOptions? options,
        CancellationToken stopping
    )
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(method);
        options ??= new GrpcServerOptions();
        options.Check();
        var time = endpoints.ServiceProvider.GetService<TimeProvider>() ?? TimeProvider.System;
        var logger = endpoints.ServiceProvider.GetService<ILoggerFactory>()?.CreateLogger("Mesh.Grpc.Server") ?? NullLogger.Instance;
        var call = new GrpcServerCall<TRequest, TResponse>(method, options, handler, time, logger, stopping);
        return endpoints.MapPost(method.FullName, call.InvokeAsync).WithDisplayName($"gRPC {method.FullName}");
    }

    private static async Task RunUnaryAsync<TRequest, TResponse>(
        GrpcServerStream<TRequest, TResponse> stream,
        Func<TRequest, GrpcServerContext, Task<TResponse>> handler
    )
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        // statuscodes.md: a request cardinality violation is UNIMPLEMENTED.
        if (!await stream.MoveNextAsync())
        {
            throw new GrpcException(GrpcStatusCode.Unimplemented, $"{stream.Context.Method} takes one request message and got none");
        }
        var request = stream.Current;
        if (await stream.MoveNextAsync())
        {
            throw new GrpcException(GrpcStatusCode.Unimplemented, $"{stream.Context.Method} takes one request message and got more");
        }
        var response = await handler(request, stream.Context);
        stream.Context.CancellationToken.ThrowIfCancellationRequested();
        stream.WriteLast(response);
    }
}
