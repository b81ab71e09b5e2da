using System.Collections.Immutable;
using System.Text;
using Mesh.Text;

namespace Mesh.Proxy.Routing.Formats;

/// <summary>A format that has been read: what stands in a header's value or a log line, place by place, as bytes that need no more conversion.</summary>
internal sealed class ValueFormat(ImmutableArray<FormatPart> parts)
{
    public ImmutableArray<FormatPlace> Places { get; } =
    [
        .. parts.Select(part => new FormatPlace(
            part.Operator,
            Encoding.UTF8.GetBytes(part.Text),
            Encoding.UTF8.GetBytes(part.Alternate),
            part.MaxLength < 0 ? int.MaxValue : part.MaxLength,
            part.Operator == FormatOperator.StartTime && part.Text.Length > 0 ? new TimeFormat(part.Text) : null
        )),
    ];

    /// <exception cref="FormatException">It is no format; for what is written in the source.</exception>
    public static ValueFormat Parse(string text) =>
        FormatSyntax.TryParse(text, out var parts, out var error) ? new(parts) : throw new FormatException(error);
}
