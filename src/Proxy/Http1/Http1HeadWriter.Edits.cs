using System.Text;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Http1;

// Edits in their order, without a list of headers: what an edit takes away is not written, what it brings is written unless a later one takes it.
internal ref partial struct Http1HeadWriter
{
    private readonly bool IsEditedAway(scoped ReadOnlySpan<byte> name)
    {
        foreach (var edit in _edits)
        {
            if (edit.Kind != HeaderEditKind.Add && Ascii.Equals(name, edit.Name) && IsApplied(edit))
            {
                return true;
            }
        }

        return false;
    }

    private void WriteEdits()
    {
        var index = 0;
        foreach (var edit in _edits)
        {
            if (edit.Kind != HeaderEditKind.Remove && !IsHost(edit.Name) && IsApplied(edit) && !IsTakenLater(edit.Name, index))
            {
                WriteEdit(edit);
            }

            index++;
        }
    }

    private void WriteHost(ReadOnlySpan<byte> authority)
    {
        if (_hasEdits)
        {
            HeaderEdit? last = null;
            foreach (var edit in _edits)
            {
                if (IsHost(edit.Name) && edit.Kind != HeaderEditKind.Remove && IsClean(edit.Value))
                {
                    last = edit;
                }
            }

            if (last is { } host)
            {
                WriteEdit(host with { Name = "host" });
                return;
            }
        }

        Line("host"u8, authority);
    }

    // Configured text goes as UTF-8.
    private void WriteEdit(in HeaderEdit edit)
    {
        if (edit.Format is not null)
        {
            WriteFilled(edit.Name, _edits.Fill(edit.Format));
            return;
        }

        var most = edit.Name.Length + (3 * edit.Value.Length) + 4;
        var line = Reserve(most);
        var written = Encoding.ASCII.GetBytes(edit.Name, line);
        ": "u8.CopyTo(line[written..]);
        written += 2;
        written += Encoding.UTF8.GetBytes(edit.Value, line[written..]);
        "\r\n"u8.CopyTo(line[written..]);
        _at += written + 2;
    }

    private void WriteFilled(string name, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            return;
        }

        var line = Reserve(name.Length + value.Length + 4);
        var written = Encoding.ASCII.GetBytes(name, line);
        ": "u8.CopyTo(line[written..]);
        value.CopyTo(line[(written + 2)..]);
        "\r\n"u8.CopyTo(line[(written + 2 + value.Length)..]);
        _at += written + value.Length + 4;
    }

    private readonly bool IsTakenLater(string name, int index)
    {
        var other = 0;
        foreach (var edit in _edits)
        {
            if (other++ > index && edit.Kind != HeaderEditKind.Add && edit.Name == name && IsApplied(edit))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsHost(string name) => name is "host" or ":authority";

    // Configuration that would frame the message anew or smuggle a line in is not carried out.
    private static bool IsApplied(in HeaderEdit edit)
    {
        if (edit.Name is "" or "content-length" || !IsClean(edit.Value))
        {
            return false;
        }

        const int LongestHopByHop = 17;
        Span<byte> name = stackalloc byte[LongestHopByHop];
        foreach (var c in edit.Name)
        {
            if (!char.IsAscii(c) || !Http1Bytes.Token.Contains((byte)c))
            {
                return false;
            }
        }

        return edit.Name.Length > LongestHopByHop || !HopByHopFields.Contains(name[..Encoding.ASCII.GetBytes(edit.Name, name)]);
    }

    private static bool IsClean(string value)
    {
        foreach (var c in value)
        {
            if (char.IsControl(c) && c != '\t')
            {
                return false;
            }
        }

        return true;
    }
}
