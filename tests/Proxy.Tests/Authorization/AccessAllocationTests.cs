using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Security.Authorization;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Tests.Authorization;

public sealed class AccessAllocationTests
{
    [Fact]
    public void A_decision_allocates_nothing_whatever_is_asked()
    {
        var make = new RandomAccess(new Random(7));
        var subjects = Enumerable
            .Range(0, 50)
            .Select(_ => make.Subject())
            .Select(subject =>
                AccessSubjects.Of(
                    AccessSubjects.Head(subject.Method, subject.Host, subject.Path, subject.Claims, [.. subject.Headers]),
                    subject.Peer,
                    subject.Source,
                    subject.Destination,
                    subject.Port,
                    subject.ServerName
                )
            )
            .ToArray();
        Assert.Contains(subjects, subject => subject.Head?.TryGet(KnownHeader.XForwardedFor, out var _) == true);
        var steps = Enumerable
            .Range(0, 50)
            .Select(_ => new AuthorizationStep.Rules(
                AccessRulesReader.Read(make.Rules(), "", new ProblemList()),
                AccessRulesReader.Read(make.Rules(), "", new ProblemList())
            ))
            .ToArray();
        var record = new RequestRecord();
        void Decide()
        {
            foreach (var subject in subjects)
            {
                foreach (var step in steps)
                {
                    AccessDecider.Decide(step, subject, record);
                }
            }
        }

        for (var i = 0; i < 100; i++)
        {
            Decide();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Decide();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
