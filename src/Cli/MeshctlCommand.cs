using System.CommandLine;
using Mesh.Cli.Demo;
using Mesh.Cli.Explain;
using Mesh.Cli.Identity;
using Mesh.Cli.Install;
using Mesh.Cli.Offline;
using Mesh.Cli.Online;

namespace Mesh.Cli;

/// <summary>All commands of meshctl: each asks the running mesh, or the same pure functions that the control plane runs.</summary>
internal static class MeshctlCommand
{
    public static RootCommand Create(TimeProvider time)
    {
        var root = new RootCommand("Looks into the mesh and at its configuration.")
        {
            AnalyzeCommand.Create(),
            ExplainCommand.Create(),
            TranslateCommand.Create(),
            InjectCommand.Create(),
            ProxyStatusCommand.Create(),
            ProxyConfigCommand.Create(),
            MtlsCommand.Create(),
            CaCommand.Create(time),
            PrecheckCommand.Create(),
            InstallCommand.Create(),
            VerifyInstallCommand.Create(),
            DemoCommand.Create(),
        };
        EnvironmentArguments.Describe(root);
        return root;
    }
}
