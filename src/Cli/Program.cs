using Mesh.Cli;

var parsed = EnvironmentArguments.Parse(MeshctlCommand.Create(TimeProvider.System), args, EnvironmentArguments.OfProcess());
var exitCode = await parsed.InvokeAsync();
return parsed.Errors.Count > 0 ? ExitCodes.Usage : exitCode;
