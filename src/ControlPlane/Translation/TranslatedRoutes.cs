using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>One VirtualService translated by itself: kept while it, the services and the DestinationRules are the same.</summary>
internal sealed record TranslatedRoutes(RouteSet Set, ImmutableArray<Diagnostic> Diagnostics);
