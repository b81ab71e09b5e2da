using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Mesh.Kubernetes.Access;

/// <summary>Reads a kubeconfig as kubectl does: contexts, certificates and tokens in the file or beside it, and credential plugins.</summary>
public static class KubeConfig
{
    /// <param name="context">Null for the file's <c>current-context</c>.</param>
    /// <exception cref="KubeConfigException">The file, or something it names, cannot be used.</exception>
    public static ClusterAccess Load(string path, string? context, TimeProvider time)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KubeConfigException($"The kubeconfig {path} cannot be read: {e.Message}");
        }

        return new Reader(path, time).Read(text, context);
    }

    private sealed class Reader(string path, TimeProvider time)
    {
        private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;

        public ClusterAccess Read(string text, string? context)
        {
            var root = Parse(text);
            var name = context ?? Text(root, "current-context");
            if (name is null)
            {
                throw Wrong("current-context is missing; name a context");
            }

            var chosen = Named(root, "contexts", "context", name);
            var clusterName = Text(chosen, "cluster") ?? throw Wrong($"context '{name}' has no cluster");
            var cluster = Named(root, "clusters", "cluster", clusterName);
            var userName = Text(chosen, "user");
            var user = string.IsNullOrEmpty(userName) ? null : Named(root, "users", "user", userName);
            var address = Text(cluster, "server") ?? throw Wrong($"cluster '{clusterName}' has no server");
            if (!Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
            {
                throw Wrong($"cluster '{clusterName}': server '{address}' is no http or https URL");
            }

            return new ClusterAccess
            {
                Server = server,
                Authorities = Authorities(cluster),
                ServerName = Text(cluster, "tls-server-name"),
                SkipVerification = Text(cluster, "insecure-skip-tls-verify") == "true",
                Credentials = user is null ? CredentialSource.None : Credentials(user, userName!),
                Namespace = Text(chosen, "namespace") is { Length: > 0 } ns ? ns : "default",
            };
        }

        private YamlMappingNode Parse(string text)
        {
            try
            {
                var yaml = new YamlStream();
                yaml.Load(new StringReader(text));
                return yaml.Documents is [{ RootNode: YamlMappingNode root }, ..] ? root : throw Wrong("is no YAML mapping");
            }
            catch (YamlException e)
            {
                throw Wrong($"is no YAML: line {e.Start.Line}: {e.Message}");
            }
        }

        private X509Certificate2Collection Authorities(YamlMappingNode cluster)
        {
            var authorities = new X509Certificate2Collection();
            if (Pem(cluster, "certificate-authority") is { } pem)
            {
                try
                {
                    authorities.ImportFromPem(pem);
                }
                catch (CryptographicException e)
                {
                    throw Wrong($"certificate-authority is no PEM certificate: {e.Message}");
                }
            }

            return authorities;
        }

        private CredentialSource Credentials(YamlMappingNode user, string name)
        {
            if (Child(user, "exec") is YamlMappingNode exec)
            {
                return Plugin(exec, name);
            }

            X509Certificate2? certificate = null;
            if (Pem(user, "client-certificate") is { } pem)
            {
                var key = Pem(user, "client-key") ?? throw Wrong($"user '{name}' has a client-certificate but no client-key");
                try
                {
                    certificate = X509Certificate2.CreateFromPem(pem, key);
                }
                catch (CryptographicException e)
                {
                    throw Wrong($"user '{name}': client-certificate and client-key do not fit: {e.Message}");
                }
            }

            if (Text(user, "token") is { Length: > 0 } token)
            {
                return CredentialSource.Of(Credential.Bearer(token) with { Certificate = certificate });
            }

            if (Text(user, "tokenFile") is { Length: > 0 } file)
            {
                return new TokenFile(Path.Combine(_folder, file), time);
            }

            var basic = Text(user, "username") is { Length: > 0 } login
                ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login}:{Text(user, "password")}"))
                : null;
            return CredentialSource.Of(new Credential(basic, certificate));
        }

        private ExecPlugin Plugin(YamlMappingNode exec, string user)
        {
            var command = Text(exec, "command") ?? throw Wrong($"user '{user}': exec has no command");
            var version = Text(exec, "apiVersion") ?? "client.authentication.k8s.io/v1";
            var environment = Items(exec, "env")
                .OfType<YamlMappingNode>()
                .ToDictionary(item => Text(item, "name") ?? "", item => Text(item, "value") ?? "", StringComparer.Ordinal);
            var info = JsonSerializer.Serialize(
                new
                {
                    apiVersion = version,
                    kind = "ExecCredential",
                    spec = new { interactive = false },
                }
            );
            // As client-go: a command with a path is looked for beside the kubeconfig, one without on the PATH.
            var program = command.Contains('/', StringComparison.Ordinal) ? Path.Combine(_folder, command) : command;
            var arguments = Items(exec, "args").OfType<YamlScalarNode>().Select(item => item.Value ?? "").ToArray();
            return new ExecPlugin(program, arguments, environment, info, Text(exec, "installHint"), time);
        }

        // FIELD-data in the file, base64, wins over FIELD, which is a path relative to it.
        private string? Pem(YamlMappingNode of, string field)
        {
            if (Text(of, field + "-data") is { Length: > 0 } data)
            {
                try
                {
                    return Encoding.UTF8.GetString(Convert.FromBase64String(data));
                }
                catch (FormatException)
                {
                    throw Wrong($"{field}-data is not base64");
                }
            }

            if (Text(of, field) is not { Length: > 0 } file)
            {
                return null;
            }

            try
            {
                return File.ReadAllText(Path.Combine(_folder, file));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Wrong($"{field} '{file}' cannot be read: {e.Message}");
            }
        }

        private YamlMappingNode Named(YamlMappingNode root, string list, string entry, string name)
        {
            var named = Items(root, list).OfType<YamlMappingNode>().ToArray();
            return named.FirstOrDefault(item => Text(item, "name") == name) is { } found && Child(found, entry) is YamlMappingNode value
                ? value
                : throw Wrong(
                    $"{list} has no '{name}'; it has: {string.Join(", ", named.Select(item => Text(item, "name")).DefaultIfEmpty("none"))}"
                );
        }

        private static IEnumerable<YamlNode> Items(YamlMappingNode of, string field) =>
            Child(of, field) is YamlSequenceNode items ? items.Children : [];

        private static YamlNode? Child(YamlMappingNode of, string field) =>
            of.Children.TryGetValue(new YamlScalarNode(field), out var child) ? child : null;

        private static string? Text(YamlMappingNode of, string field) => (Child(of, field) as YamlScalarNode)?.Value;

        private KubeConfigException Wrong(string what) => new($"The kubeconfig {path}: {what}.");
    }
}
