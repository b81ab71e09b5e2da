namespace Mesh.ControlPlane.Generation;

/// <summary>The clusters and endpoints of one service for one kind of client: a <see cref="ResourceList"/> each.</summary>
internal sealed record ServiceResources(VisibleService Service, MemoEntry Clusters, MemoEntry Endpoints)
{
    /// <summary>Whether they are those of the service as the same client sees it now. Routes make no difference to either.</summary>
    public bool Fits(VisibleService now) =>
        ReferenceEquals(Service.Shape, now.Shape) && ReferenceEquals(Service.Policy, now.Policy) && Service.Endpoints == now.Endpoints;
}
