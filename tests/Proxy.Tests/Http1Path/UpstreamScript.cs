using System.Text;
using Mesh.Proxy.Tests.Traffic;

namespace Mesh.Proxy.Tests.Http1Path;

/// <summary>Steps of an upstream's script.</summary>
internal static class UpstreamScript
{
    public const string Ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

    public static Task<string> HeadAsync(this Stream stream) => RawUpstream.ReadHeadAsync(stream);

    public static async Task SayAsync(this Stream stream, string text) => await stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    public static async Task<string> UntilAsync(this Stream stream, string end)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal) && await stream.ReadAsync(one) == 1)
        {
            text.Append((char)one[0]);
        }

        return text.ToString();
    }

    /// <summary>Waits for the proxy to close or reset the connection.</summary>
    public static async Task GoneAsync(this Stream stream)
    {
        try
        {
            await stream.CopyToAsync(Stream.Null);
        }
        catch (IOException)
        {
            // A reset is an end too.
        }
    }

    /// <summary>Answers every request without a body in the same way.</summary>
    public static Func<Stream, Task> Always(string answer, List<string>? heads = null) =>
        async stream =>
        {
            while (await stream.HeadAsync() is { Length: > 0 } head)
            {
                if (heads is not null)
                {
                    lock (heads)
                    {
                        heads.Add(head);
                    }
                }

                await stream.SayAsync(answer);
            }
        };
}
