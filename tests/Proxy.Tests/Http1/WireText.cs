using System.Globalization;
using System.Text;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>Bytes as readable text and back: the escapes of the corpus.</summary>
internal static class WireText
{
    private const int LeastRun = 64;

    public static string Escape(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        for (var i = 0; i < bytes.Length; i++)
        {
            var b = bytes[i];
            var run = 1;
            while (i + run < bytes.Length && bytes[i + run] == b)
            {
                run++;
            }

            if (run >= LeastRun && b is > (byte)' ' and < 0x7F)
            {
                text.Append(CultureInfo.InvariantCulture, $"\\*{run}{{{(char)b}}}");
                i += run - 1;
                continue;
            }

            text.Append(
                b switch
                {
                    (byte)'\r' => "\\r",
                    (byte)'\n' => "\\n",
                    (byte)'\t' => "\\t",
                    0 => "\\0",
                    (byte)'\\' => "\\\\",
                    < 0x20 or >= 0x7F => $"\\x{b:x2}",
                    _ => ((char)b).ToString(),
                }
            );
        }

        return text.ToString();
    }

    public static byte[] Unescape(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                bytes.Add(checked((byte)text[i]));
                continue;
            }

            switch (text[++i])
            {
                case 'r':
                    bytes.Add((byte)'\r');
                    break;
                case 'n':
                    bytes.Add((byte)'\n');
                    break;
                case 't':
                    bytes.Add((byte)'\t');
                    break;
                case '0':
                    bytes.Add(0);
                    break;
                case 'x':
                    bytes.Add(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    i += 2;
                    break;
                case '*':
                    var open = text.IndexOf('{', i);
                    bytes.AddRange(
                        Enumerable.Repeat((byte)text[open + 1], int.Parse(text.AsSpan(i + 1, open - i - 1), CultureInfo.InvariantCulture))
                    );
                    i = open + 2;
                    break;
                case '\\':
                    bytes.Add((byte)'\\');
                    break;
                default:
                    throw new FormatException($"\\{text[i]} is no escape of the corpus: {text}");
            }
        }

        return [.. bytes];
    }
}
