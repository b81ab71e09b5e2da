using Mesh.ControlPlane;
using Mesh.Startup;

var (options, exitCode) = ControlPlaneOptions.Read(args, OptionSet.ProcessEnvironment(), Console.Out, Console.Error);
if (options is null)
{
    return exitCode;
}

await using var host = ControlPlaneHost.Build(options);
return await host.RunAsync();
