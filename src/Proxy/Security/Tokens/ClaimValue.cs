using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Mesh.Proxy.Security.Tokens;

/// <summary>One claim of a verified token, read once, so that policies compare bytes without touching JSON. Immutable.</summary>
internal sealed class ClaimValue
{
    private static readonly Dictionary<string, ClaimValue> NoMembers = [];

    private readonly Dictionary<string, ClaimValue> _members;

    private ClaimValue(ClaimKind kind, ImmutableArray<byte[]> texts, Dictionary<string, ClaimValue> members, byte[] json)
    {
        Kind = kind;
        Texts = texts;
        _members = members;
        Json = json;
    }

    public ClaimKind Kind { get; }

    /// <summary>What policies compare, in UTF-8: the text, or the texts in a list. Empty for anything else, which no policy matches.</summary>
    public ImmutableArray<byte[]> Texts { get; }

    /// <summary>The value as the token has it: JSON in UTF-8.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>A member of an object; null where there is none of that name, or the claim is no object.</summary>
    public ClaimValue? Member(string name) => _members.GetValueOrDefault(name);

    /// <summary>The claim as a text in lists of its words, as Istio reads <c>scope</c>.</summary>
    public ClaimValue Words()
    {
        if (Kind != ClaimKind.Text)
        {
            return this;
        }

        var words = Encoding.UTF8.GetString(Texts[0]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new(ClaimKind.List, [.. words.Select(Encoding.UTF8.GetBytes)], NoMembers, Json.ToArray());
    }

    /// <summary>An object whose members of these names are read as <see cref="Words"/>.</summary>
    public ClaimValue WithWords(params ReadOnlySpan<string> names)
    {
        var members = new Dictionary<string, ClaimValue>(_members, StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (members.TryGetValue(name, out var value))
            {
                members[name] = value.Words();
            }
        }

        return new(Kind, Texts, members, Json.ToArray());
    }

    /// <summary>Of two members of one name the later counts, as in Envoy's JSON.</summary>
    public static ClaimValue Of(JsonElement element) =>
        element.ValueKind switch
        {
            JsonValueKind.String => new(ClaimKind.Text, [Utf8(element)], NoMembers, Written(element)),
            JsonValueKind.Number => new(ClaimKind.Number, [], NoMembers, Written(element)),
            JsonValueKind.True or JsonValueKind.False => new(ClaimKind.Boolean, [], NoMembers, Written(element)),
            JsonValueKind.Array => new(ClaimKind.List, TextsOf(element), NoMembers, Written(element)),
            JsonValueKind.Object => new(ClaimKind.Members, [], MembersOf(element), Written(element)),
            _ => new(ClaimKind.Null, [], NoMembers, Written(element)),
        };

    private static byte[] Utf8(JsonElement element) => Encoding.UTF8.GetBytes(element.GetString()!);

    private static ImmutableArray<byte[]> TextsOf(JsonElement list) =>
        [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(Utf8)];

    private static Dictionary<string, ClaimValue> MembersOf(JsonElement element)
    {
        var members = new Dictionary<string, ClaimValue>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            members[member.Name] = Of(member.Value);
        }

        return members;
    }

    private static byte[] Written(JsonElement element)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            element.WriteTo(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
