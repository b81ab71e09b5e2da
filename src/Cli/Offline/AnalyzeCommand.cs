using System.CommandLine;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.Cli.Offline;

/// <summary><c>meshctl analyze</c>: everything that is wrong or suspicious in files, one line each.</summary>
internal static class AnalyzeCommand
{
    public static Command Create()
    {
        var files = OfflineMesh.FilesOption();
        files.Required = false;
        var (rootNamespace, trustDomain) = OfflineMesh.SettingsOptions();
        var info = new Option<bool>("--info") { Description = "Also print remarks that are neither error nor warning" };
        var codes = new Option<bool>("--codes")
        {
            Description = "Print all that can be reported instead; scope object: one object shows it, mesh: several together do",
        };
        var command = new Command(
            "analyze",
            "Check objects in files. Exits with 1 if there are errors, 0 if there are only warnings, 2 on bad usage."
        )
        {
            files,
            rootNamespace,
            trustDomain,
            info,
            codes,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(files) is null && !result.GetValue(codes))
            {
                result.AddError("-f is required: the directory or file to check");
            }
        });
        command.SetAction(arguments =>
        {
            if (arguments.GetValue(codes))
            {
                CodeTable.Write(Console.Out);
                return ExitCodes.Success;
            }

            var settings = MeshSettings.Default with
            {
                RootNamespace = arguments.GetRequiredValue(rootNamespace),
                TrustDomain = arguments.GetRequiredValue(trustDomain),
            };
            var shown = OfflineMesh
                .Read(arguments.GetValue(files)!, settings)
                .Diagnostics.Where(d => d.Severity != DiagnosticSeverity.Info || arguments.GetValue(info))
                .ToList();
            foreach (var diagnostic in shown)
            {
                Console.Out.WriteLine(diagnostic);
            }

            var errors = shown.Count(d => d.Severity == DiagnosticSeverity.Error);
            var warnings = shown.Count(d => d.Severity == DiagnosticSeverity.Warning);
            Console.Error.WriteLine(
                $"{errors} {(errors == 1 ? "error" : "errors")}, {warnings} {(warnings == 1 ? "warning" : "warnings")}"
            );
            return errors > 0 ? ExitCodes.Failure : ExitCodes.Success;
        });
        return command;
    }
}
