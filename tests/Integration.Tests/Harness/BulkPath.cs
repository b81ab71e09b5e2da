using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Tests.Harness;

/// <summary>A path of an application that takes a large body, says its checksum in a header, and answers with another large body.</summary>
internal static class BulkPath
{
    public const string Path = "/bulk";
    public const string ChecksumHeader = "x-received-sha256";
    public const int Bytes = 40 * 1024 * 1024;

    private const int Chunk = 64 * 1024;
    private const int UploadSeed = 7;
    private const int DownloadSeed = 11;

    public static byte[] Upload() => Generate(UploadSeed);

    public static byte[] Download() => Generate(DownloadSeed);

    public static void AddTo(IApplicationBuilder app) => app.Map(Path, branch => branch.Run(AnswerAsync));

    private static async Task AnswerAsync(HttpContext context)
    {
        var checksum = await SHA256.HashDataAsync(context.Request.Body, context.RequestAborted);
        context.Response.Headers[ChecksumHeader] = Convert.ToHexStringLower(checksum);
        var body = Download().AsMemory();
        for (var sent = 0; sent < body.Length; sent += Chunk)
        {
            await context.Response.Body.WriteAsync(body.Slice(sent, Math.Min(Chunk, body.Length - sent)), context.RequestAborted);
        }
    }

    private static byte[] Generate(int seed)
    {
        var body = new byte[Bytes];
        new Random(seed).NextBytes(body);
        return body;
    }
}
