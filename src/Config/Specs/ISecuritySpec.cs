namespace Mesh.Config.Specs;

/// <summary>
/// Marks specs that restrict traffic: where one is refused and no earlier version is in force, a stand-in closes what the object is for, so
/// that a mistake never opens anything.
/// </summary>
public interface ISecuritySpec : IObjectSpec
{
    /// <summary>The stand-in of an object that was refused: of what was written it holds only the scope.</summary>
    bool IsRefused { get; }
}
