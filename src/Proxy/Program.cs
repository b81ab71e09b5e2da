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
