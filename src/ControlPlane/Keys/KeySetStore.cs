using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Sources;

namespace Mesh.ControlPlane.Keys;

/// <summary>Holder of the one reference to what was fetched, and the bell that says that it changed.</summary>
internal sealed class KeySetStore
{
    private KeySets _current = KeySets.Empty;

    public KeySets Current => Volatile.Read(ref _current);

    /// <summary>Rings after each change.</summary>
    public Signal Changed { get; } = new();

    public void Publish(KeySets now)
    {
        if (!ReferenceEquals(now, Current))
        {
            Volatile.Write(ref _current, now);
            Changed.Ring();
        }
    }
}
