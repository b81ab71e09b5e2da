using Mesh.Proxy.Configuration;
using Mesh.Proxy.Security.Authorization;

namespace Mesh.Proxy.Tests.Authorization;

/// <summary>Compiled policies against what their messages say, on random ones.</summary>
public sealed class AccessDifferentialTests
{
    private const int Sets = 4000;
    private const int SubjectsPerSet = 25;

    [Fact]
    public void Compiled_policies_decide_as_their_messages_say_in_100_000_cases()
    {
        var make = new RandomAccess(new Random(20260901));
        var (allowed, denied) = (0, 0);
        for (var i = 0; i < Sets; i++)
        {
            var written = make.Rules();
            var problems = new ProblemList();
            var rules = AccessRulesReader.Read(written, "rules", problems)!;
            Assert.Empty(problems.Problems);
            for (var j = 0; j < SubjectsPerSet; j++)
            {
                var subject = make.Subject();
                var expected = subject.Allows(written);

                var actual = rules.Allows(Compiled(subject), out _);

                Assert.True(expected == actual, $"{subject} must {(expected ? "" : "not ")}pass {written}");
                _ = actual ? allowed++ : denied++;
            }
        }

        // The generator is worth something only while both happen often.
        Assert.InRange(allowed, 20_000, 90_000);
        Assert.InRange(denied, 10_000, 80_000);
    }

    private static AccessSubject Compiled(NaiveAccess subject) =>
        AccessSubjects.Of(
            subject.Http
                ? AccessSubjects.Head(
                    subject.Method,
                    subject.HostPort == 0 ? subject.Host : $"{subject.Host}:{subject.HostPort}",
                    subject.Path,
                    subject.Claims,
                    [.. subject.Headers]
                )
                : null,
            subject.Peer,
            subject.Source,
            subject.Destination,
            subject.Port,
            subject.ServerName
        );
}
