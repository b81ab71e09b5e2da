namespace Mesh.Text;

/// <summary>One place of a format.</summary>
/// <param name="Text">The literal, the header's or parameter's name in the case it is looked up in, or the time's format.</param>
/// <param name="Alternate">The header that is read where the first is absent; empty where there is none.</param>
/// <param name="MaxLength">Bytes that are kept of the value; -1 for all.</param>
internal readonly record struct FormatPart(FormatOperator Operator, string Text = "", string Alternate = "", int MaxLength = -1);
