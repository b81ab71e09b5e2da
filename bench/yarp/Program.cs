// dotnet Mesh.Yarp.dll http://LISTEN:PORT http://UPSTREAM:PORT
// Kestrel and YARP's direct forwarder with every setting as it comes, for comparison; only the line that it logs per request is left out.
var builder = WebApplication.CreateBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddHttpForwarder();
var app = builder.Build();
app.MapForwarder("/{**path}", args[1]);
app.Run(args[0]);
