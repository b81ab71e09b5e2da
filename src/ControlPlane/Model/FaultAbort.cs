namespace Mesh.ControlPlane.Model;

/// <summary>An error for a share of the requests, in per cent above 0 and up to 100; one of the two statuses is set.</summary>
internal sealed record FaultAbort(int? HttpStatus, int? GrpcStatus, double Percentage);
