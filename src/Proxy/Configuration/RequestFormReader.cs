using Mesh.Proxy.Routing.NormalForm;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: how a connection manager wants its requests made ready.</summary>
internal static class RequestFormReader
{
    public static RequestForm Read(Pb.HttpConnectionManager manager, ProblemList problems)
    {
        var path = manager.NormalizePath is true ? PathForm.Normalize : PathForm.AsReceived;
        path |= manager.MergeSlashes ? PathForm.MergeSlashes : PathForm.AsReceived;
        switch (manager.PathWithEscapedSlashesAction)
        {
            case Pb.HttpConnectionManager.Types.PathWithEscapedSlashesAction.ImplementationSpecificDefault
            or Pb.HttpConnectionManager.Types.PathWithEscapedSlashesAction.KeepUnchanged:
                break;
            case Pb.HttpConnectionManager.Types.PathWithEscapedSlashesAction.UnescapeAndForward:
                path |= PathForm.DecodeSlashes;
                break;
            case Pb.HttpConnectionManager.Types.PathWithEscapedSlashesAction.RejectRequest:
                path |= PathForm.RefuseEscapedSlashes;
                break;
            default:
                problems.Add(
                    "path_with_escaped_slashes_action",
                    $"{manager.PathWithEscapedSlashesAction} is not supported; use KEEP_UNCHANGED, UNESCAPE_AND_FORWARD or REJECT_REQUEST"
                );
                break;
        }

        switch (manager.ForwardClientCertDetails)
        {
            case Pb.HttpConnectionManager.Types.ForwardClientCertDetails.Sanitize:
                return new(path, NamesPeers: false);
            case Pb.HttpConnectionManager.Types.ForwardClientCertDetails.AppendForward:
                return new(path, NamesPeers: true);
            default:
                problems.Add(
                    "forward_client_cert_details",
                    $"{manager.ForwardClientCertDetails} is not supported; use SANITIZE or APPEND_FORWARD"
                );
                return new(path, NamesPeers: false);
        }
    }
}
