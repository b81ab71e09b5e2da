using Mesh.Listening;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Connections;

/// <summary>What the accept loops of all traffic ports share.</summary>
internal sealed record AcceptContext(RareReport Failures, TimeProvider Time, ILogger<Acceptor> Logger);
