using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>
/// The request's host is as asked, in the form in which it is routed: lower case, no final dot, and with or without its port, so that no
/// spelling of a host gets around a policy (CVE-2021-39155).
/// </summary>
/// <param name="match">In lower case, or regardless of case.</param>
internal sealed class HostTextCondition(ValueMatch match) : AccessCondition
{
    public override int Cost => match.Kind == ValueMatchKind.Regex ? 400 : 8;

    public override bool Holds(in AccessSubject subject) =>
        subject.Head is { } head
        && head.Host.Length > 0
        && (match.IsMatch(head.Host) || (head.AuthorityPort != 0 && match.IsMatch(head.Authority)));

    public override string ToString() => $"the host {match}";
}
