using Mesh.Proxy.Security.Tls;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: how a chain ends TLS. Mutual TLS with the mesh's own certificates is all that sidecars do.</summary>
internal static class TlsServerReader
{
    /// <summary>Null where bytes are taken as they come, or with a problem.</summary>
    public static TlsServerSettings? Read(Pb.TransportSocket? socket, ProblemList problems)
    {
        if (socket is null || socket.Name == ExtensionNames.RawBuffer)
        {
            return null;
        }

        using var inSocket = problems.In("transport_socket");
        if (!PbReading.Is<Pb.DownstreamTlsContext>(socket.TypedConfig))
        {
            problems.Add("typed_config", $"'{socket.TypedConfig?.TypeUrl}' ({socket.Name}) is not supported");
            return null;
        }

        if (PbReading.Unpack<Pb.DownstreamTlsContext>(socket.TypedConfig, "typed_config", problems) is not { } context)
        {
            return null;
        }

        var common = context.CommonTlsContext ?? new();
        var notes = new List<string>();
        if (common.TlsCertificates.Count > 0 || common.TlsCertificateSdsSecretConfigs is not [{ Name: TlsContextReader.OwnCertificate }])
        {
            notes.Add($"the certificate must be '{TlsContextReader.OwnCertificate}' by SDS, which is this workload's own");
        }

        var combined = common.CombinedValidationContext;
        var roots = common.ValidationContextSdsSecretConfig ?? combined?.ValidationContextSdsSecretConfig;
        if (roots?.Name != TlsContextReader.MeshRoots)
        {
            notes.Add($"clients must be verified by '{TlsContextReader.MeshRoots}' by SDS, which are the mesh's roots");
        }

        // A chain that takes clients without certificates would take them for peers.
        if (context.RequireClientCertificate is not true)
        {
            notes.Add("require_client_certificate must be true");
        }

        var validation = combined?.DefaultValidationContext ?? new();
        TlsContextReader.RefuseUnknown(validation, notes);
        if (validation.Crl is not null)
        {
            notes.Add("revocation lists are not supported");
        }

        var settings = new TlsServerSettings
        {
            Names = TransportReader.Names(validation, notes),
            Protocols = [.. common.AlpnProtocols],
            Versions = TlsContextReader.Versions(common.TlsParams, notes),
        };
        foreach (var note in notes)
        {
            problems.Add("common_tls_context", note);
        }

        return settings;
    }
}
