namespace Mesh.Config.Reading;

/// <summary>One key of an object with its value.</summary>
internal readonly record struct MapEntry(string Key, int KeyLine, Node Value);
