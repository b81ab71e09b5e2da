using System.Text.Json;

namespace Mesh.Kubernetes;

/// <summary>The API server's <c>Status</c> object: why a request failed.</summary>
/// <param name="Code">HTTP status.</param>
/// <param name="Reason">Kubernetes' own word: <c>NotFound</c>, <c>Conflict</c>, <c>Expired</c>, …; empty where it gave none.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="RetryAfter">What the server asks to wait; null where it does not say.</param>
public sealed record ApiStatus(int Code, string Reason, string Message, TimeSpan? RetryAfter = null)
{
    /// <summary>The version that was asked for is too old: list again.</summary>
    public bool IsGone => Code == 410 || Reason is "Expired" or "Gone";

    /// <summary>Somebody else changed the object meanwhile.</summary>
    public bool IsConflict => Code == 409 && Reason != "AlreadyExists";

    /// <summary>Another attempt may go better without anybody changing anything.</summary>
    public bool IsTransient => Code is 408 or 425 or 429 or >= 500;

    /// <summary>Reads the body of an error answer, or the object of an ERROR event; tolerates what is neither.</summary>
    public static ApiStatus Read(int code, ReadOnlyMemory<byte> body, TimeSpan? retryAfter = null)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                var status = json.RootElement;
                var own = status.TryGetProperty("code", out var number) && number.TryGetInt32(out var value) ? value : code;
                return new(own, Text(status, "reason"), Text(status, "message"), retryAfter ?? Seconds(status));
            }
        }
        catch (JsonException)
        {
            // A proxy in between, or plain text such as that of a wrong path.
        }

        var text = System.Text.Encoding.UTF8.GetString(body.Span);
        return new(code, "", text.Length > 200 ? text[..200] : text, retryAfter);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Code}{(Reason.Length > 0 ? " " + Reason : "")}{(Message.Length > 0 ? ": " + Message : "")}";

    private static string Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static TimeSpan? Seconds(JsonElement status) =>
        status.TryGetProperty("details", out var details)
        && details.ValueKind == JsonValueKind.Object
        && details.TryGetProperty("retryAfterSeconds", out var seconds)
        && seconds.TryGetInt32(out var value)
        && value > 0
            ? TimeSpan.FromSeconds(value)
            : null;
}
