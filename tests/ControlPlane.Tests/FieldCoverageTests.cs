using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using Mesh.Config;
using Mesh.Config.Specs;

namespace Mesh.ControlPlane.Tests;

/// <summary>Every field of what routes and of what restricts is written in some case at both seams, so that its meaning is held by a golden.</summary>
public sealed class FieldCoverageTests
{
    [Theory]
    [InlineData("translation")]
    [InlineData("generation")]
    public void Every_field_stands_in_some_case(string seam)
    {
        var written = new HashSet<(Type Type, string Field)>();
        foreach (var input in Directory.GetFiles(Path.Combine(Here(), "testdata", seam), "in.yaml", SearchOption.AllDirectories))
        {
            foreach (var item in ObjectParser.Parse(input, File.ReadAllText(input)).Objects)
            {
                Collect(item.Spec, written);
            }
        }

        var all = new HashSet<(Type Type, string Field)>();
        CollectAll(typeof(VirtualServiceSpec), all);
        CollectAll(typeof(DestinationRuleSpec), all);
        CollectAll(typeof(AuthorizationPolicySpec), all);
        CollectAll(typeof(RequestAuthenticationSpec), all);
        CollectAll(typeof(PeerAuthenticationSpec), all);

        Assert.True(all.Count > 100, "the specs were not found");
        var missing = all.Except(written).Select(field => $"{field.Type.Name}.{field.Field}").Order(StringComparer.Ordinal).ToList();
        Assert.True(missing.Count == 0, $"in no case of {seam}: {string.Join(", ", missing)}");
    }

    // What differs from an object that sets nothing else is written.
    private static void Collect(object spec, HashSet<(Type, string)> written)
    {
        foreach (var property in Fields(spec.GetType()))
        {
            var value = property.GetValue(spec);
            if (
                value is null or ICollection { Count: 0 }
                || (Nullable.GetUnderlyingType(property.PropertyType) is null && (value is false or 0 || IsFirst(value)))
            )
            {
                continue;
            }

            written.Add((spec.GetType(), property.Name));
            foreach (var inner in Inner(value))
            {
                Collect(inner, written);
            }
        }
    }

    private static void CollectAll(Type spec, HashSet<(Type, string)> all)
    {
        foreach (var property in Fields(spec))
        {
            if (all.Add((spec, property.Name)) && InnerType(property.PropertyType) is { } inner)
            {
                CollectAll(inner, all);
            }
        }
    }

    private static IEnumerable<PropertyInfo> Fields(Type spec) =>
        spec.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.PropertyType != typeof(SourceLocation) && property.GetMethod!.GetParameters().Length == 0)
            // The one nobody writes, the other is refused wherever it is written.
            .Where(property => property.Name != nameof(ISecuritySpec.IsRefused))
            .Where(property => !(property.DeclaringType == typeof(TargetRefSpec) && property.Name == nameof(TargetRefSpec.Namespace)));

    private static IEnumerable<object> Inner(object value) =>
        value switch
        {
            string => [],
            IDictionary map => map.Values.Cast<object>().Where(IsSpec),
            IEnumerable list => list.Cast<object>().Where(IsSpec),
            _ => IsSpec(value) ? [value] : [],
        };

    private static bool IsFirst(object value) => value is Enum && value.Equals(Enum.ToObject(value.GetType(), 0));

    private static bool IsSpec(object value) => IsSpecType(value.GetType());

    private static bool IsSpecType(Type type) =>
        type.Namespace == typeof(VirtualServiceSpec).Namespace
        && type is { IsEnum: false }
        && type.Name.EndsWith("Spec", StringComparison.Ordinal);

    private static Type? InnerType(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var element = type.IsGenericType ? type.GetGenericArguments()[^1] : type;
        return IsSpecType(element) ? element : null;
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
