namespace Mesh.Proxy.Http1;

/// <summary>Where one header line's name and value lie in the bytes being parsed.</summary>
internal readonly record struct FieldSlot(int Name, int NameLength, int Value, int ValueLength);
