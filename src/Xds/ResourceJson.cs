using System.Reflection;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Xds;

/// <summary>Resources as protobuf JSON, for dumps and people.</summary>
public static class ResourceJson
{
    // Resources carry filters and options in Any fields; to print those, every message of the contract has to be known by name.
    private static readonly Lazy<TypeRegistry> Registry = new(() =>
        TypeRegistry.FromMessages(
            typeof(ResourceJson)
                .Assembly.GetTypes()
                .Where(t => t.IsAssignableTo(typeof(IMessage)) && !t.IsInterface)
                .Select(t => t.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
                .OfType<MessageDescriptor>()
        )
    );

    private static readonly Lazy<JsonFormatter> Formatter = new(() =>
        new JsonFormatter(JsonFormatter.Settings.Default.WithTypeRegistry(Registry.Value))
    );

    /// <summary>One resource as JSON.</summary>
    public static string Write(XdsResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return Write(Any.Parser.ParseFrom(resource.AnyBytes.Span));
    }

    /// <summary>One message as JSON; text that says why where it cannot be printed.</summary>
    public static string Write(IMessage message)
    {
        try
        {
            return Formatter.Value.Format(message);
        }
        // An optional filter may be of a type that nobody here knows, or no message of the type it says; the formatter cannot leave it out.
        catch (Exception problem) when (problem is InvalidOperationException or InvalidProtocolBufferException)
        {
            return $"\"not printable: {JsonEncodedText.Encode(problem.Message)}\"";
        }
    }

    /// <summary>A resource from what <see cref="Write(IMessage)"/> made of it. Fields of a newer contract are left out.</summary>
    /// <exception cref="InvalidProtocolBufferException">It is no such message.</exception>
    /// <exception cref="InvalidOperationException">It holds a message of a type that nobody here knows.</exception>
    public static Any Read(string typeUrl, string json)
    {
        var descriptor =
            Registry.Value.Find(Any.GetTypeName(typeUrl)) ?? throw new InvalidOperationException($"{typeUrl} is no known type");
        var parser = new JsonParser(JsonParser.Settings.Default.WithTypeRegistry(Registry.Value).WithIgnoreUnknownFields(true));
        return Any.Pack(parser.Parse(json, descriptor));
    }
}
