using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Mesh.Kubernetes;

/// <summary>The events of one watch, one JSON line each, however the bytes are cut.</summary>
public sealed class WatchStream : IAsyncDisposable
{
    // Larger than any object: etcd takes 1.5 MiB, the API server 3 MiB.
    private const int LargestLine = 16 * 1024 * 1024;

    private readonly HttpResponseMessage _response;
    private readonly PipeReader _lines;
    private readonly ApiResource _resource;

    internal WatchStream(HttpResponseMessage response, Stream body, ApiResource resource)
    {
        _response = response;
        _lines = PipeReader.Create(body);
        _resource = resource;
    }

    /// <summary>Until the server ends the watch.</summary>
    /// <exception cref="IOException">The connection broke in the middle.</exception>
    /// <exception cref="System.Text.Json.JsonException">A line is no event.</exception>
    public async IAsyncEnumerable<WatchEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (true)
        {
            var read = await _lines.ReadAsync(cancellation);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end);
                if (!IsBlank(line))
                {
                    yield return WatchEvent.Read(line.IsSingleSegment ? line.FirstSpan : line.ToArray(), _resource);
                }

                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }

            if (buffer.Length > LargestLine)
            {
                throw new IOException($"A watch of {_resource} sent a line of more than {LargestLine} bytes.");
            }

            _lines.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                if (!IsBlank(buffer))
                {
                    throw new IOException($"A watch of {_resource} ended in the middle of an event.");
                }

                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _lines.CompleteAsync();
        _response.Dispose();
    }

    private static bool IsBlank(in ReadOnlySequence<byte> line)
    {
        foreach (var segment in line)
        {
            if (segment.Span.ContainsAnyExcept(" \r\t"u8))
            {
                return false;
            }
        }

        return true;
    }
}
