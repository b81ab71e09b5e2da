using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>What one Service or ServiceEntry says by itself: its services without endpoints. Kept by reference while its object is.</summary>
internal sealed record ServiceDeclaration(ConfigObject Object, ImmutableArray<Service> Services, ImmutableArray<Diagnostic> Diagnostics);
