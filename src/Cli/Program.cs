using System.CommandLine;
using Mesh.Cli;
using Mesh.Cli.Demo;
using Mesh.Cli.Offline;
using Mesh.Cli.Online;

// meshctl: asks the running mesh, or the same pure functions that the control plane runs.
var root = new RootCommand("Looks into the mesh and at its configuration.")
{
    AnalyzeCommand.Create(),
    TranslateCommand.Create(),
    ProxyStatusCommand.Create(),
    ProxyConfigCommand.Create(),
    DemoCommand.Create(),
};
var parsed = root.Parse(args);
var exitCode = await parsed.InvokeAsync();
return parsed.Errors.Count > 0 ? ExitCodes.Usage : exitCode;
