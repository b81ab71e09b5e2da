using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks connection pools and TLS towards an upstream.</summary>
internal static class TrafficPolicyValidator
{
    internal static void Validate(ConnectionPoolSpec? pool, FieldPath path, ProblemList problems)
    {
        if (pool is { Tcp: null, Http: null })
        {
            problems.Add(DiagnosticCodes.EmptyPolicy, path, "sets nothing; give tcp or http, or remove it");
        }
        if (pool?.Http is { UseClientProtocol: true, H2UpgradePolicy: H2UpgradePolicy.Upgrade })
        {
            problems.Add(
                DiagnosticCodes.ConflictingFields,
                path.Field("http").Field("useClientProtocol"),
                "cannot be given together with h2UpgradePolicy UPGRADE; remove one of them"
            );
        }
    }

    //                certificate and key   authorities   credentialName
    // DISABLE               -                   -              -
    // SIMPLE                -                optional       optional (authorities)
    // MUTUAL             required            optional       instead of both
    // ISTIO_MUTUAL          -                   -              -
    internal static void Validate(ClientTlsSpec? tls, FieldPath path, ProblemList problems)
    {
        if (tls is null)
        {
            return;
        }
        var files = new[]
        {
            ("clientCertificate", tls.ClientCertificate),
            ("privateKey", tls.PrivateKey),
            ("caCertificates", tls.CaCertificates),
            ("caCrl", tls.CaCrl),
            ("credentialName", tls.CredentialName),
        }
            .Where(file => !string.IsNullOrEmpty(file.Item2))
            .Select(file => file.Item1)
            .ToArray();
        if (tls.Mode is ClientTlsMode.Disable or ClientTlsMode.IstioMutual)
        {
            foreach (var file in files)
            {
                var mode = tls.Mode == ClientTlsMode.Disable ? "DISABLE" : "ISTIO_MUTUAL";
                problems.Add(DiagnosticCodes.InvalidTls, path.Field(file), $"has no place in mode {mode}; remove it or change the mode");
            }
            return;
        }
        if (files.Contains("credentialName") && files.FirstOrDefault(file => file != "credentialName" && file != "caCrl") is { } extra)
        {
            problems.Add(DiagnosticCodes.InvalidTls, path.Field(extra), "cannot be given together with credentialName; remove one of them");
        }
        else if (tls.Mode == ClientTlsMode.Mutual && !files.Contains("credentialName"))
        {
            foreach (var file in new[] { "clientCertificate", "privateKey" }.Except(files))
            {
                problems.Add(
                    DiagnosticCodes.InvalidTls,
                    path.Field(file),
                    "is missing; mode MUTUAL needs clientCertificate and privateKey, or credentialName"
                );
            }
        }
        else if (
            tls.Mode == ClientTlsMode.Simple
            && files.FirstOrDefault(file => file is "clientCertificate" or "privateKey") is { } unused
        )
        {
            problems.Add(DiagnosticCodes.InvalidTls, path.Field(unused), "has no place in mode SIMPLE; use MUTUAL to send a certificate");
        }
        ValidateVerification(tls, files, path, problems);
    }

    private static void ValidateVerification(ClientTlsSpec tls, string[] files, FieldPath path, ProblemList problems)
    {
        var hasAuthorities = files.Contains("caCertificates") || files.Contains("credentialName");
        if (tls.InsecureSkipVerify == true)
        {
            problems.Add(
                DiagnosticCodes.UnverifiedServer,
                path.Field("insecureSkipVerify"),
                "switches off all checks of the server; anybody on the way can read and change"
            );
        }
        else if (!hasAuthorities)
        {
            problems.Add(
                DiagnosticCodes.UnverifiedServer,
                path,
                "names no authorities, so the server is checked with those of the proxy's image, if at all; give caCertificates or credentialName"
            );
        }
    }
}
