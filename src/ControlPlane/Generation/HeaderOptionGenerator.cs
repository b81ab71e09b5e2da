using Google.Protobuf.Collections;
using Mesh.ControlPlane.Model;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>Header edits as lists of the wire, in the order the snapshot fixed.</summary>
internal static class HeaderOptionGenerator
{
    public static void Generate(HeaderOperations operations, RepeatedField<Pb.HeaderValueOption> add, RepeatedField<string> remove)
    {
        foreach (var (name, value) in operations.Set)
        {
            add.Add(Option(name, value, Pb.HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd));
        }

        foreach (var (name, value) in operations.Add)
        {
            add.Add(Option(name, value, Pb.HeaderValueOption.Types.HeaderAppendAction.AppendIfExistsOrAdd));
        }

        remove.AddRange(operations.Remove);
    }

    private static Pb.HeaderValueOption Option(string name, string value, Pb.HeaderValueOption.Types.HeaderAppendAction action) =>
        new()
        {
            Header = new Pb.HeaderValue { Key = name, Value = value },
            AppendAction = action,
            // Without it an empty value would remove the header instead of setting it.
            KeepEmptyValue = value.Length == 0,
        };
}
