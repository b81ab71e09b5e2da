namespace Mesh.Startup;

/// <summary>One declared option of an <see cref="OptionSet"/>; has its value once the set was read without errors.</summary>
internal sealed class Setting<T>
{
    private bool _read;
    private T? _value;

    /// <summary>Null only for an option without default that was not given.</summary>
    public T Value => _read ? _value! : throw new InvalidOperationException("The option set was not read, or had errors.");

    /// <summary>Whether somebody gave it, well or badly; a default is not given.</summary>
    public bool Given { get; private set; }

    internal void Set(T? value, bool given)
    {
        _value = value;
        Given = given;
        _read = true;
    }
}
