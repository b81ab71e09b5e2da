using System.Net;
using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.Formats;
using Mesh.Proxy.Telemetry;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Telemetry;

public sealed class FormatTests
{
    private readonly RequestRecord _record = new()
    {
        StartTime = new DateTimeOffset(2026, 2, 3, 16, 5, 6, TimeSpan.Zero).AddTicks(1_234_567),
        StatusCode = 200,
        GrpcStatus = 14,
        RequestBytes = 3,
        ResponseBytes = 45,
        Attempts = 2,
        Failure = Failure.NoHealthyEndpoint,
        ServerName = "a.test",
        DownstreamRemote = IPEndPoint.Parse("[::1]:7003"),
        DownstreamLocal = IPEndPoint.Parse("127.0.0.1:15001"),
        UpstreamLocal = IPEndPoint.Parse("127.0.0.1:7002"),
        Endpoint = new()
        {
            Address = IPEndPoint.Parse("10.0.0.5:80"),
            Weight = 1,
            Workload = new("w", "default", "a", "v1", "Kubernetes"),
            State = new(),
        },
        Head = TestRoutes.Head("host", "/a?b=c&d", ("user-agent", "curl"), ("x-a", "first"), ("x-long", "0123456789")),
    };

    [Theory]
    [InlineData("%%", "%")]
    [InlineData("%REQ(:method)% %REQ(:PATH)% %REQ(:authority)%", "GET /a?b=c&d host")]
    [InlineData("%REQ(X-A)%", "first")]
    [InlineData("%REQ(x-none?X-A)%", "first")]
    [InlineData("%REQ(x-a?user-agent)%", "first")]
    [InlineData("[%REQ(x-none)%]", "[]")]
    [InlineData("%REQ(x-long):4%", "0123")]
    [InlineData("%REQ(x-a):40%", "first")]
    [InlineData("%QUERY_PARAM(b)%/%QUERY_PARAM(d)%/%QUERY_PARAM(e)%", "c//")]
    [InlineData("%PROTOCOL%", "HTTP/1.1")]
    [InlineData("%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%", "200 UH no_healthy_upstream")]
    [InlineData("%GRPC_STATUS% %GRPC_STATUS_NUMBER%", "Unavailable 14")]
    [InlineData("%BYTES_RECEIVED%/%BYTES_SENT%", "3/45")]
    [InlineData("%DURATION%", "")]
    [InlineData("%UPSTREAM_HOST% %UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %UPSTREAM_REMOTE_PORT%", "10.0.0.5:80 10.0.0.5 80")]
    [InlineData("%UPSTREAM_LOCAL_ADDRESS% %UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %UPSTREAM_LOCAL_PORT%", "127.0.0.1:7002 127.0.0.1 7002")]
    [InlineData("%DOWNSTREAM_REMOTE_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_REMOTE_PORT%", "[::1]:7003 ::1 7003")]
    [InlineData("%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%:%DOWNSTREAM_LOCAL_PORT%", "127.0.0.1:15001")]
    [InlineData("%UPSTREAM_REQUEST_ATTEMPT_COUNT% %REQUESTED_SERVER_NAME%", "2 a.test")]
    [InlineData("%START_TIME%", "2026-02-03T16:05:06.123Z")]
    [InlineData("%START_TIME(%d/%b/%Y:%T %z)%", "03/Feb/2026:16:05:06 +0000")]
    [InlineData("%START_TIME(%s.%3f %6f %f)%", "1770134706.123 123456 123456700")]
    [InlineData("%START_TIME(%a %e %j %I %p %y %Z %F %%)%", "Tue  3 034 04 PM 26 UTC 2026-02-03 %")]
    [InlineData("%RESP(x-b)%/%RESP(x-none?content-type)%/%RESP(:status)%", "two/text/css/200")]
    public void Every_operator_says_what_it_stands_for(string format, string expected)
    {
        var response = new ResponseHead();
        response.Begin(HttpVersionKind.Http11, 200, "OK"u8);
        response.AddHeader("x-b"u8, "two"u8);
        response.AddHeader("content-type"u8, "text/css"u8);
        using var message = new HttpResponseMessage { Content = new ByteArrayContent([]) };
        message.Headers.TryAddWithoutValidation("x-b", "two");
        message.Content.Headers.TryAddWithoutValidation("content-type", "text/css");

        foreach (var fields in new[] { new ResponseFields(response), new ResponseFields(message) })
        {
            var values = new RequestValues(_record, TimeProvider.System) { Response = fields };
            Assert.Equal(expected, Encoding.Latin1.GetString(values.Fill(ValueFormat.Parse(format))));
        }
    }

    [Fact]
    public void The_host_is_the_machines_own()
    {
        var values = new RequestValues(_record, TimeProvider.System);
        Assert.Equal(Environment.MachineName, Encoding.UTF8.GetString(values.Fill(ValueFormat.Parse("%HOSTNAME%"))));
    }

    [Fact]
    public void A_value_that_would_end_its_line_comes_to_nothing()
    {
        _record.ConnectError = "two\r\nlines";
        var values = new RequestValues(_record, TimeProvider.System);
        // Reasons are escaped; a header could only carry it raw.
        Assert.Equal("two\\x0d\\x0alines", Encoding.UTF8.GetString(values.Fill(ValueFormat.Parse("%UPSTREAM_TRANSPORT_FAILURE_REASON%"))));
        Assert.Equal(0, values.Fill(new([new(Mesh.Text.FormatOperator.Literal, "a\r\nb")])).Length);
    }
}
