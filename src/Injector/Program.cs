using Mesh.Injector;
using Mesh.Startup;

var options = InjectorOptionSet.Read(args, OptionSet.ProcessEnvironment(), Console.Out, Console.Error, out var exitCode);
if (options is null)
{
    return exitCode;
}

await using var host = InjectorHost.Build(options);
return await host.RunAsync();
