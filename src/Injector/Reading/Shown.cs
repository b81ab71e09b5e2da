namespace Mesh.Injector.Reading;

/// <summary>Users' text in messages: short, and on one line.</summary>
internal static class Shown
{
    private const int Most = 80;

    public static string Short(string text)
    {
        var flat = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return flat.Length <= Most ? flat : flat[..Most] + "…";
    }
}
