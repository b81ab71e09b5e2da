using System.Net;

namespace Mesh.Integration.Tests.Harness;

/// <summary>What became of one request to a <see cref="ScriptedService"/>.</summary>
internal sealed record ScriptedOutcome(string Id, HttpStatusCode Status, string Body, IReadOnlyList<string> Attempts);
