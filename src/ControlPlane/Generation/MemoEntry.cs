namespace Mesh.ControlPlane.Generation;

/// <summary>One remembered result, and the snapshot that used it last.</summary>
internal sealed class MemoEntry(object value)
{
    private long lastUsed;

    public object Value => value;

    public long LastUsed
    {
        get => Volatile.Read(ref lastUsed);
        set => Volatile.Write(ref lastUsed, value);
    }

    /// <summary>The result as what it was made as.</summary>
    public T Get<T>()
        where T : class => (T)value;
}
