using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Configuration;
using Mesh.Xds;
using Microsoft.Extensions.Logging;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Discovery;

/// <summary>
/// The last good configuration on disk, for a start while the control plane is away: one line with format and SHA-256, then a
/// CSDS <c>ClientConfig</c>. A damaged file, or one of another node, is as good as none.
/// </summary>
internal sealed class LastGoodFile(string path, string nodeId, ILogger<LastGoodFile> logger)
{
    private const string Format = "mesh-last-good/1 ";

    /// <summary>Replaces the file in one step, so that a crash leaves the old or the new one; false where that failed.</summary>
    public bool Save(XdsSet set)
    {
        var config = new Pb.ClientConfig { Node = new Pb.Node { Id = nodeId } };
        // Whom to trust is asked anew at each start.
        foreach (var entry in set.All.Where(e => e.TypeUrl != TypeUrls.Secret))
        {
            config.GenericXdsConfigs.Add(
                new Pb.ClientConfig.Types.GenericXdsConfig
                {
                    TypeUrl = entry.TypeUrl,
                    Name = entry.Name,
                    VersionInfo = entry.Version,
                    XdsConfig = new Any { TypeUrl = entry.TypeUrl, Value = entry.Message.ToByteString() },
                    LastUpdated = Timestamp.FromDateTimeOffset(entry.UpdatedAt),
                }
            );
        }

        var body = config.ToByteArray();
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                if (!OperatingSystem.IsWindows())
                {
                    // Resources name every service that this pod talks to.
                    File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                }

                file.Write(Encoding.ASCII.GetBytes(Format + Convert.ToHexStringLower(SHA256.HashData(body)) + "\n"));
                file.Write(body);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("The last good configuration was not written to {Path}: {Reason}", path, e.Message);
            return false;
        }
    }

    /// <summary>Empty where there is no usable file; says why in the log, except for a file that does not exist.</summary>
    public XdsSet Load()
    {
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return XdsSet.Empty;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or InvalidProtocolBufferException)
        {
            logger.LogWarning("The cached configuration {Path} is ignored: {Reason}", path, e.Message);
            return XdsSet.Empty;
        }
    }

    private XdsSet Parse(ReadOnlySpan<byte> file)
    {
        var end = file.IndexOf((byte)'\n');
        if (end < 0 || !file.StartsWith(Encoding.ASCII.GetBytes(Format)))
        {
            throw new InvalidDataException("it does not start with the line this version writes");
        }

        var body = file[(end + 1)..];
        if (Encoding.ASCII.GetString(file[Format.Length..end]) != Convert.ToHexStringLower(SHA256.HashData(body)))
        {
            throw new InvalidDataException("its checksum is wrong");
        }

        var config = Pb.ClientConfig.Parser.ParseFrom(body);
        if (config.Node?.Id != nodeId)
        {
            throw new InvalidDataException($"it is of node '{config.Node?.Id}', this is '{nodeId}'");
        }

        var set = XdsSet.Empty;
        var problems = new List<string>();
        foreach (var type in config.GenericXdsConfigs.GroupBy(r => r.TypeUrl, StringComparer.Ordinal))
        {
            var entries = type.Select(r =>
                ResourceReader.Read(r.TypeUrl, r.Name, r.VersionInfo, r.XdsConfig, r.LastUpdated.ToDateTimeOffset(), problems)
            );
            set = set.With(type.Key, entries.OfType<XdsEntry>(), []);
        }

        return problems.Count == 0 ? set : throw new InvalidDataException(string.Join("; ", problems));
    }
}
