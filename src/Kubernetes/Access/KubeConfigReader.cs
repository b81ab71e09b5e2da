using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mesh.Kubernetes.Access;

/// <summary>Makes a <see cref="ClusterAccess"/> of kubeconfigs, where an entry of an earlier file hides those of its name in later ones.</summary>
internal sealed class KubeConfigReader(IReadOnlyList<KubeConfigFile> files, TimeProvider time)
{
    /// <param name="context">Null for the first <c>current-context</c>.</param>
    /// <exception cref="KubeConfigException">Something is missing or cannot be used.</exception>
    public ClusterAccess Read(string? context)
    {
        var name =
            context
            ?? files.Select(file => file.CurrentContext).FirstOrDefault(current => current is not null)
            ?? throw Wrong("current-context is missing; name a context");
        var chosen = Named("contexts", "context", name);
        var clusterName = chosen.Text("cluster") ?? throw chosen.Wrong($"context '{name}' has no cluster");
        var cluster = Named("clusters", "cluster", clusterName);
        var user = chosen.Text("user") is { } userName ? Named("users", "user", userName) : null;
        var address = cluster.Text("server") ?? throw cluster.Wrong($"cluster '{clusterName}' has no server");
        if (!Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
        {
            throw cluster.Wrong($"cluster '{clusterName}': server '{address}' is no http or https URL");
        }

        var access = new ClusterAccess
        {
            Server = server,
            Proxy = Proxy(cluster, clusterName),
            Authorities = Authorities(cluster),
            AuthorityFile = cluster.FileOf("certificate-authority"),
            ServerName = cluster.Text("tls-server-name"),
            SkipVerification = cluster.Flag("insecure-skip-tls-verify"),
            Namespace = chosen.Text("namespace") ?? "default",
        };
        return user is null
            ? access
            : access with
            {
                Credentials = Credentials(user, chosen.Text("user")!, cluster),
                Impersonation = [.. Impersonation(user, chosen.Text("user")!)],
            };
    }

    private static Uri? Proxy(KubeConfigEntry cluster, string name)
    {
        if (cluster.Text("proxy-url") is not { } text)
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var proxy) && proxy.Scheme is "http" or "https" or "socks5"
            ? proxy
            : throw cluster.Wrong($"cluster '{name}': proxy-url '{text}' is no http, https or socks5 URL");
    }

    private static X509Certificate2Collection Authorities(KubeConfigEntry cluster)
    {
        var authorities = new X509Certificate2Collection();
        if (cluster.Pem("certificate-authority") is { } pem)
        {
            try
            {
                authorities.ImportFromPem(pem);
            }
            catch (CryptographicException e)
            {
                throw cluster.Wrong($"certificate-authority is no PEM certificate: {e.Message}");
            }
        }

        return authorities;
    }

    // Who one is not, but may act as: to leave it out would be to act with other rights than the user asked for.
    private static IEnumerable<KeyValuePair<string, string>> Impersonation(KubeConfigEntry user, string name)
    {
        var headers = new List<KeyValuePair<string, string>>();
        if (user.Text("as-uid") is { } uid)
        {
            headers.Add(new("Impersonate-Uid", uid));
        }

        headers.AddRange(user.Texts("as-groups").Select(group => KeyValuePair.Create("Impersonate-Group", group)));
        if (user.Child("as-user-extra") is { } extra)
        {
            headers.AddRange(
                extra.Names.SelectMany(key =>
                    extra.Texts(key).Select(value => KeyValuePair.Create("Impersonate-Extra-" + Uri.EscapeDataString(key), value))
                )
            );
        }

        return user.Text("as") is { } other ? headers.Prepend(new("Impersonate-User", other))
            : headers.Count == 0 ? headers
            : throw user.Wrong($"user '{name}' has as-uid, as-groups or as-user-extra but no as");
    }

    private CredentialSource Credentials(KubeConfigEntry user, string name, KubeConfigEntry cluster)
    {
        if (user.Child("auth-provider") is not null)
        {
            throw user.Wrong($"user '{name}' has an auth-provider, which Kubernetes gave up in 1.26; use exec");
        }

        var (token, file) = (user.Text("token"), user.Text("tokenFile"));
        if (token is null && file is null && user.Child("exec") is { } exec)
        {
            return PluginReader.Read(exec, name, cluster, time);
        }

        var certificate = Certificate(user, name);
        if (file is not null)
        {
            return new TokenFile(user.PathOf(file), time, certificate);
        }

        if (certificate is not null && user.FileOf("client-certificate") is { } path)
        {
            var anew = () => Certificate(user, name) ?? certificate;
            return new CertificateFile(path, Authorization(user, token), certificate, anew, time);
        }

        return CredentialSource.Of(new Credential(Authorization(user, token), certificate));
    }

    private static string? Authorization(KubeConfigEntry user, string? token) =>
        token is not null ? "Bearer " + token
        : user.Text("username") is { } login ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login}:{user.Text("password")}"))
        : null;

    private static X509Certificate2? Certificate(KubeConfigEntry user, string name)
    {
        if (user.Pem("client-certificate") is not { } pem)
        {
            return null;
        }

        var key = user.Pem("client-key") ?? throw user.Wrong($"user '{name}' has a client-certificate but no client-key");
        try
        {
            return X509Certificate2.CreateFromPem(pem, key);
        }
        catch (CryptographicException e)
        {
            throw user.Wrong($"user '{name}': client-certificate and client-key do not fit: {e.Message}");
        }
    }

    private KubeConfigEntry Named(string list, string entry, string name) =>
        files.Select(file => file.Find(list, entry, name)).FirstOrDefault(found => found is not null)
        ?? throw Wrong(
            $"{list} has no '{name}'; it has: {string.Join(", ", files.SelectMany(file => file.Names(list)).Distinct().DefaultIfEmpty("none"))}"
        );

    private KubeConfigException Wrong(string what) =>
        files is [var one] ? one.Wrong(what) : new($"The kubeconfigs {string.Join(", ", files.Select(file => file.Path))}: {what}.");
}
