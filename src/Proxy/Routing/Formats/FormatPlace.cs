using Mesh.Text;

namespace Mesh.Proxy.Routing.Formats;

/// <summary>One place of a <see cref="ValueFormat"/>.</summary>
/// <param name="Text">The literal, or the name that is looked up: a header's in lower case.</param>
/// <param name="Alternate">The header that is read where the first is absent; empty where there is none.</param>
/// <param name="MaxLength">Bytes that are kept.</param>
/// <param name="Time">Null where the time has its usual form.</param>
internal sealed record FormatPlace(FormatOperator Operator, byte[] Text, byte[] Alternate, int MaxLength, TimeFormat? Time);
