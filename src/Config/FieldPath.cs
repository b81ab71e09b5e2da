using System.Globalization;
using System.Text;

namespace Mesh.Config;

/// <summary>Path of a field within an object; built step by step, never typed as text.</summary>
public sealed class FieldPath
{
    private readonly FieldPath? parent;
    private readonly string step;
    private readonly Step kind;

    private FieldPath(FieldPath? parent, string step, Step kind)
    {
        this.parent = parent;
        this.step = step;
        this.kind = kind;
    }

    private enum Step
    {
        Root,
        Field,
        Bracket,
    }

    /// <summary>The object itself; prints as nothing.</summary>
    public static FieldPath Root { get; } = new(null, "", Step.Root);

    /// <summary>A field of this: <c>path.name</c>.</summary>
    public FieldPath Field(string name) => new(this, name, Step.Field);

    /// <summary>An element of this list: <c>path[0]</c>.</summary>
    public FieldPath Index(int index) => new(this, index.ToString(CultureInfo.InvariantCulture), Step.Bracket);

    /// <summary>An entry of this map: <c>path[key]</c>.</summary>
    public FieldPath Key(string key) => new(this, key, Step.Bracket);

    /// <summary>The path as users write it: <c>spec.http[0].route</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    /// <summary>Names, indexes and keys from the object down.</summary>
    internal IEnumerable<string> Steps => parent is null ? [] : parent.Steps.Append(step);

    private void Append(StringBuilder text)
    {
        parent?.Append(text);
        if (kind == Step.Bracket)
        {
            text.Append('[').Append(step).Append(']');
        }
        else if (kind == Step.Field)
        {
            text.Append(text.Length > 0 ? "." : "").Append(step);
        }
    }
}
