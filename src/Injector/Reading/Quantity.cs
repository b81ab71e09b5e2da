using System.Globalization;

namespace Mesh.Injector.Reading;

/// <summary>An amount as Kubernetes writes it: <c>100m</c>, <c>1.5</c>, <c>128Mi</c>, <c>1e3</c>.</summary>
internal static class Quantity
{
    private static readonly (string Suffix, decimal Factor)[] Units =
    [
        ("Ki", 1024m),
        ("Mi", 1024m * 1024),
        ("Gi", 1024m * 1024 * 1024),
        ("Ti", 1024m * 1024 * 1024 * 1024),
        ("Pi", 1024m * 1024 * 1024 * 1024 * 1024),
        ("n", 1e-9m),
        ("u", 1e-6m),
        ("m", 1e-3m),
        ("k", 1e3m),
        ("M", 1e6m),
        ("G", 1e9m),
        ("T", 1e12m),
        ("P", 1e15m),
    ];

    /// <summary>False where it is no amount above zero.</summary>
    public static bool TryParse(string text, out decimal value)
    {
        var (number, factor) = (text, 1m);
        foreach (var unit in Units)
        {
            if (text.EndsWith(unit.Suffix, StringComparison.Ordinal))
            {
                (number, factor) = (text[..^unit.Suffix.Length], unit.Factor);
                break;
            }
        }

        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        value = 0;
        // More digits would overflow the product; nobody has so much memory.
        if (number.Length is 0 or > 12 || !decimal.TryParse(number, Style, CultureInfo.InvariantCulture, out var amount) || amount > 1e12m)
        {
            return false;
        }

        value = amount * factor;
        return value > 0;
    }
}
