namespace Mesh.Startup;

/// <summary>One declared option of an <see cref="OptionSet"/>; has its value once the set was read without errors.</summary>
internal sealed class Setting<T>
{
    private bool _read;
    private T? _value;

    /// <summary>Null only for an option without default that was not given.</summary>
    public T Value => _read ? _value! : throw new InvalidOperationException("The option set was not read, or had errors.");

    internal void Set(T? value)
    {
        _value = value;
        _read = true;
    }
}
