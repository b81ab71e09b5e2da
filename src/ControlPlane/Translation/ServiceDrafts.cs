using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>The endpoints of one service with the inputs they were made from, so that they are kept while those are.</summary>
internal sealed record ServiceDrafts(
    Service Shape,
    ConfigObject Object,
    ImmutableArray<ConfigObject<EndpointSliceSpec>> Slices,
    ImmutableArray<ConfigObject<PodSpec>> Pods,
    ImmutableArray<ConfigObject<WorkloadEntrySpec>> Entries,
    ImmutableArray<EndpointDraft> Drafts,
    ImmutableArray<Diagnostic> Diagnostics
);
