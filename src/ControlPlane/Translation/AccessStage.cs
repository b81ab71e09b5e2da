using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Policies about access, the objects each came from, and what is to be told about them.</summary>
internal sealed record AccessStage(
    AccessSet Access,
    FrozenDictionary<ConfigObject, AccessPolicy> Policies,
    FrozenDictionary<ConfigObject, ImmutableArray<AccessProvider>> Providers,
    ImmutableArray<Diagnostic> Diagnostics
);
