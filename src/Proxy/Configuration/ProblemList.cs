using System.Collections.Immutable;

namespace Mesh.Proxy.Configuration;

/// <summary>Collects every reason why one resource cannot be used, each with the path of its field; append-only.</summary>
internal sealed class ProblemList
{
    private readonly List<string> _problems = [];
    private readonly List<string> _notes = [];
    private readonly Stack<string> _path = [];

    public bool IsEmpty => _problems.Count == 0;

    /// <summary>The resource cannot be used.</summary>
    public void Add(string field, string problem) => _problems.Add(At(field, problem));

    /// <summary>The resource is used, but not with everything it asks for.</summary>
    public void Note(string field, string note) => _notes.Add(At(field, note));

    /// <summary>Until the result is disposed, problems are inside this field.</summary>
    public Scope In(string field)
    {
        _path.Push(field);
        return new Scope(this);
    }

    /// <summary>Until the result is disposed, problems are inside this element of a repeated field.</summary>
    public Scope In(string field, int index) => In($"{field}[{index}]");

    public ImmutableArray<string> Problems => [.. _problems];

    public ImmutableArray<string> Notes => [.. _notes];

    private string At(string field, string text)
    {
        var path = string.Join('.', _path.Reverse().Append(field).Where(p => p.Length > 0));
        return path.Length > 0 ? $"{path}: {text}" : text;
    }

    /// <summary>Leaves one field when disposed.</summary>
    internal readonly struct Scope(ProblemList list) : IDisposable
    {
        public void Dispose() => list._path.Pop();
    }
}
