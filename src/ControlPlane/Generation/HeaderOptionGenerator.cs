using Google.Protobuf.Collections;
using Mesh.ControlPlane.Model;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>Header edits as lists of the wire. <c>host</c> and pseudo headers are no headers there: the host is rewritten, the others are left alone.</summary>
internal static class HeaderOptionGenerator
{
    public static void Generate(HeaderOperations operations, RepeatedField<Pb.HeaderValueOption> add, RepeatedField<string> remove)
    {
        foreach (var (name, value) in operations.Set.Where(pair => IsHeader(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            add.Add(Option(name, value, Pb.HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd));
        }

        foreach (var (name, value) in operations.Add.Where(pair => IsHeader(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            add.Add(Option(name, value, Pb.HeaderValueOption.Types.HeaderAppendAction.AppendIfExistsOrAdd));
        }

        remove.AddRange(operations.Remove.Where(IsHeader).Order(StringComparer.Ordinal));
    }

    /// <summary>The host that the edits write instead of the client's; null where they leave it.</summary>
    public static string? HostOf(HeaderOperations operations)
    {
        foreach (var (name, value) in operations.Set.Concat(operations.Add))
        {
            if (IsHost(name))
            {
                return value;
            }
        }

        return null;
    }

    private static bool IsHost(string name) =>
        name.Equals("host", StringComparison.OrdinalIgnoreCase) || name.Equals(":authority", StringComparison.OrdinalIgnoreCase);

    private static bool IsHeader(string name) => name.Length > 0 && name[0] != ':' && !IsHost(name);

    private static Pb.HeaderValueOption Option(string name, string value, Pb.HeaderValueOption.Types.HeaderAppendAction action) =>
        new()
        {
            Header = new Pb.HeaderValue { Key = name, Value = value },
            AppendAction = action,
            // Without it an empty value would remove the header instead of setting it.
            KeepEmptyValue = value.Length == 0,
        };
}
