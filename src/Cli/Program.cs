using System.Collections;
using System.CommandLine;
using Mesh.Cli;
using Mesh.Cli.Demo;
using Mesh.Cli.Explain;
using Mesh.Cli.Identity;
using Mesh.Cli.Install;
using Mesh.Cli.Offline;
using Mesh.Cli.Online;

// meshctl: asks the running mesh, or the same pure functions that the control plane runs.
var root = new RootCommand("Looks into the mesh and at its configuration.")
{
    AnalyzeCommand.Create(),
    ExplainCommand.Create(),
    TranslateCommand.Create(),
    InjectCommand.Create(),
    ProxyStatusCommand.Create(),
    ProxyConfigCommand.Create(),
    MtlsCommand.Create(),
    CaCommand.Create(TimeProvider.System),
    PrecheckCommand.Create(),
    InstallCommand.Create(),
    VerifyInstallCommand.Create(),
    DemoCommand.Create(),
};
EnvironmentArguments.Describe(root);
var environment = Environment
    .GetEnvironmentVariables()
    .Cast<DictionaryEntry>()
    .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
var parsed = EnvironmentArguments.Parse(root, args, environment);
var exitCode = await parsed.InvokeAsync();
return parsed.Errors.Count > 0 ? ExitCodes.Usage : exitCode;
