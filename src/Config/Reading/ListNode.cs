namespace Mesh.Config.Reading;

/// <summary>A list of values.</summary>
internal sealed class ListNode(int line, IReadOnlyList<Node> items) : Node(line)
{
    internal IReadOnlyList<Node> Items { get; } = items;

    internal override string Describe() => "a list";
}
