using System.Buffers;
using System.Text;
using System.Text.Json;
using Mesh.ControlPlane.Delivery;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Tests.Delivery;

public sealed class SyncStatusTests
{
    private readonly SyncStatusStore store = new(TimeProvider.System);

    private static Outgoing<string> Outgoing(string nonce, string version, long changedAt = 0, bool isPush = true) =>
        new("", TypeUrls.Cluster, nonce, version, 3, isPush, new StaticView("view") { ChangedAt = changedAt });

    [Fact]
    public void A_row_goes_from_not_sent_over_stale_to_synced_or_error()
    {
        var client = store.Connect("1.2.3.4:5", "sotw");
        client.OnSubscribed(TypeUrls.Cluster);
        Assert.Equal("NOT SENT", client.Types[0].State);
        client.OnSent(Outgoing("1", "v1"));
        Assert.Equal("STALE", client.Types[0].State);
        client.OnAcked(TypeUrls.Cluster, "1");
        Assert.Equal(("SYNCED", "v1"), (client.Types[0].State, client.Types[0].AckedVersion));
        client.OnSent(Outgoing("2", "v2"));
        client.OnNacked(TypeUrls.Cluster, "2", "bad cluster");
        Assert.Equal(
            ("ERROR", "v1", "v2", "bad cluster"),
            (client.Types[0].State, client.Types[0].AckedVersion, client.Types[0].NackedVersion, client.Types[0].NackError)
        );
    }

    [Fact]
    public void An_ACK_tells_when_its_change_happened_unless_the_client_had_only_just_asked()
    {
        var client = store.Connect("1.2.3.4:5", "delta");
        client.OnSent(Outgoing("1", "v1", 77));
        client.OnSent(Outgoing("2", "v2", 88));
        client.OnSent(Outgoing("3", "v2", 88, isPush: false));
        Assert.Equal(88, client.OnAcked(TypeUrls.Cluster, "2"));
        Assert.Equal(0, client.OnAcked(TypeUrls.Cluster, "3"));
        Assert.Equal(0, client.OnAcked(TypeUrls.Cluster, "1"));
    }

    [Fact]
    public void Syncz_shows_every_client_and_forgets_those_that_left()
    {
        var left = store.Connect("1.1.1.1:1", "sotw");
        var client = store.Connect("2.2.2.2:2", "delta");
        client.Node = NodeInfo.Parse(new Pb.Node { Id = "sidecar~10.0.0.7~web.shop~shop.svc.cluster.local" });
        client.OnSent(Outgoing("1", "v1"));
        store.Disconnect(left);

        var buffer = new ArrayBufferWriter<byte>();
        store.WriteJson(buffer);

        var row = Assert.Single(JsonDocument.Parse(Encoding.UTF8.GetString(buffer.WrittenSpan)).RootElement.EnumerateArray());
        Assert.Equal("shop", row.GetProperty("namespace").GetString());
        Assert.Equal("STALE", row.GetProperty("types").GetProperty("CDS").GetProperty("state").GetString());
        Assert.Equal("v1", row.GetProperty("types").GetProperty("CDS").GetProperty("sentVersion").GetString());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("types").GetProperty("CDS").GetProperty("ackedAt").ValueKind);
    }
}
