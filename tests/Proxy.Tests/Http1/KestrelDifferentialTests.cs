using System.Text;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Tests.Http1;

public sealed class KestrelDifferentialTests
{
    [Fact]
    public void We_read_what_Kestrels_parser_reads_but_for_the_listed_differences()
    {
        var known = Corpus.Differences.Where(one => one.Peer == "kestrel").Select(one => (one.Does, one.What)).ToHashSet();
        var met = new HashSet<(string, string)>();
        var problems = new StringBuilder();
        foreach (var one in Corpus.Requests)
        {
            Compare(one.Name, one.Bytes, known, met, problems);
        }

        Assert.True(problems.Length == 0, problems.ToString());
        Assert.Empty(known.Except(met));
    }

    [Fact]
    public void And_so_with_a_byte_changed_anywhere()
    {
        var known = Corpus.Differences.Where(one => one.Peer == "kestrel").Select(one => (one.Does, one.What)).ToHashSet();
        var random = new Random(32);
        var problems = new StringBuilder();
        var seeds = Corpus.Requests.Where(one => one.IsAccepted && one.Bytes.Length is > 0 and < 1000 && one.Bytes[0] != '\r').ToList();
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = seeds[random.Next(seeds.Count)].Bytes.ToArray();
            var at = random.Next(bytes.Length);
            bytes[at] = random.Next(2) == 0 ? (byte)random.Next(256) : "\r\n :\t\0#/*(\""u8[random.Next(11)];
            Compare(WireText.Escape(bytes), bytes, known, [], problems);
        }

        Assert.True(problems.Length == 0, problems.ToString());
    }

    private static void Compare(
        string name,
        byte[] bytes,
        HashSet<(string, string)> known,
        HashSet<(string, string)> met,
        StringBuilder problems
    )
    {
        var reading = new MessageReading();
        var status = reading.ReadRequestHead(Arrivals.Whole(bytes));
        var theirs = KestrelHead.Read(bytes);
        switch (status)
        {
            case Http1ParseStatus.Done when theirs is null:
                Differ("refuses", name);
                break;
            case Http1ParseStatus.Done when theirs != KestrelHead.Of(reading):
                problems.AppendLine($"{name}\n  ours:\n{KestrelHead.Of(reading)}\n  Kestrel's:\n{theirs}");
                break;
            case Http1ParseStatus.Refused when theirs is not null:
                Differ("accepts", reading.Parser.Refusal.Rule.ToString());
                break;
            case Http1ParseStatus.NeedMore when theirs is not null:
                Differ("completes", name);
                break;
        }

        void Differ(string does, string what)
        {
            met.Add((does, what));
            if (!known.Contains((does, what)))
            {
                problems.AppendLine($"Kestrel {does} {what} ({name})");
            }
        }
    }
}
