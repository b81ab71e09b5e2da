using System.Runtime.InteropServices;
using Mesh.Proxy;
using Mesh.Proxy.Lifecycle;
using Mesh.Proxy.Redirect;
using Mesh.Startup;

// Beside serving: what a pod's containers run as hooks.
if (args is ["wait", .. var waitArguments])
{
    return await WaitCommand.RunAsync(waitArguments, OptionSet.ProcessEnvironment(), Console.Out, Console.Error);
}

if (args is ["redirect", .. var redirectArguments])
{
    return RedirectCommand.Run(redirectArguments, OptionSet.ProcessEnvironment(), Console.Out, Console.Error);
}

// Read by the runtime at its first socket: continuations then run on the thread that saw the bytes, which saves a switch per read.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

// Read at the first shared array: how many of a size are kept per core. Each request to an HTTP/2 upstream holds two of 16 KiB; with the runtime's
// 32, what more there are in flight allocate them anew, 27 KB a request where 128 are.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_BUFFERS_SHAREDARRAYPOOL_MAXARRAYSPERPARTITION", "256");

var options = ProxyOptionSet.Read(args, OptionSet.ProcessEnvironment(), Console.Out, Console.Error, out var exitCode);
if (options is null)
{
    return exitCode;
}

await using var host = ProxyHost.Build(options);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
return await host.RunAsync();

// The second signal is not cancelled: who does not want to wait for the drain ends the process.
void Stop(PosixSignalContext signal) => signal.Cancel = host.RequestStop();
