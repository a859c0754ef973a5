using System.IO.Pipelines;
using Grpc.Core;
using Kevo.Storage;
using Microsoft.AspNetCore.Http;

namespace Kevo.Server.Reads;

/// <summary>
/// Streams one scan. Rows are written in chunks under the view's lock, straight from the store into the response's
/// body; between chunks the body is flushed and a slow client makes the scan wait. A scan holds one chunk and one
/// row at most.
/// </summary>
internal sealed class ScanPump(
    SnapshotView view, ScanRange range, ResponseBudget budget, TimeProvider time, TimeSpan stallLimit)
{
    /// <summary>Bytes after which a chunk is flushed.</summary>
    private const int ChunkBytes = 32 << 10;

    /// <summary>
    /// Room to ask the body for at a time: a chunk and its framing, as long as rows are not tiny.
    /// </summary>
    private const int RoomBytes = ChunkBytes + (4 << 10);

    /// <summary>Keys looked at after which a chunk ends, so that a sparse suffix scan does not keep a thread.</summary>
    private const int ChunkKeys = 4096;

    /// <summary>
    /// Bytes after which a scan counts as young again: one that moves may take as long as it needs, one that hardly
    /// does holds old data back no longer than the store allows.
    /// </summary>
    private const long RenewalBytes = 64 << 20;

    private long _left = range.Limit;
    private long _renewAt = RenewalBytes;
    private bool _finished;
    private bool _standsOnRow;
    private int _wanted;
    private int _granted;

    /// <summary>Rows sent.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes of keys and values sent.</summary>
    public long Bytes { get; private set; }

    /// <summary>True when the scan ended because the client took nothing for too long.</summary>
    public bool Stalled { get; private set; }

    /// <summary>Streams until the end, the limit, or cancellation.</summary>
    /// <returns>False when the view was closed on the way.</returns>
    public async Task<bool> RunAsync(ServerCallContext context, Action? touch)
    {
        if (range.IsEmpty)
        {
            return true;
        }

        IEntryCursor? cursor = view.OpenCursor(range);
        if (cursor is null)
        {
            return false;
        }

        try
        {
            HttpContext http = context.GetHttpContext();
            await http.Response.StartAsync(context.CancellationToken);
            while (!_finished)
            {
                context.CancellationToken.ThrowIfCancellationRequested();
                long before = Bytes;
                if (!WriteChunk(cursor, http.Response.BodyWriter))
                {
                    return false;
                }

                touch?.Invoke();
                if (!_finished)
                {
                    await BetweenChunksAsync(http, wroteRows: Bytes > before, context.CancellationToken);
                }
            }

            return true;
        }
        catch (InvalidOperationException) when (context.CancellationToken.IsCancellationRequested)
        {
            // A write after the call was ended by its deadline or by the client is reported this way.
            throw new OperationCanceledException(context.CancellationToken);
        }
        finally
        {
            view.CloseCursor(cursor);
            GiveBack();
        }
    }

    private async ValueTask BetweenChunksAsync(HttpContext http, bool wroteRows, CancellationToken cancellationToken)
    {
        if (wroteRows)
        {
            await FlushAsync(http);
            GiveBack();
        }

        if (_wanted > 0)
        {
            await budget.AcquireAsync(_wanted, cancellationToken);
            _granted = _wanted;
            _wanted = 0;
        }
        else if (!wroteRows)
        {
            await Task.Yield();
        }
    }

    private void GiveBack()
    {
        if (_granted > 0)
        {
            budget.Release(_granted);
            _granted = 0;
        }
    }

    private bool WriteChunk(IEntryCursor cursor, PipeWriter body)
    {
        lock (view.Gate)
        {
            if (view.IsClosed)
            {
                return false;
            }

            if (Bytes >= _renewAt)
            {
                view.Renew();
                _renewAt = Bytes + RenewalBytes;
            }

            var chunk = new ScanChunk(body, RoomBytes);
            try
            {
                AddRows(cursor, ref chunk);
            }
            finally
            {
                // The rows before a damaged one are sent.
                chunk.Complete();
            }

            return true;
        }
    }

    private void AddRows(IEntryCursor cursor, ref ScanChunk chunk)
    {
        long end = Bytes + ChunkBytes;
        for (int keys = 0; keys < ChunkKeys && Bytes < end; keys++)
        {
            if (!_standsOnRow && (_left == 0 || !cursor.MoveNext()))
            {
                _finished = true;
                return;
            }

            _standsOnRow = false;
            ReadOnlySpan<byte> key = cursor.Key;
            if (!range.Accepts(key))
            {
                continue;
            }

            ReadOnlySpan<byte> value = cursor.Value;
            int length = key.Length + value.Length;
            if (length > ResponseBudget.SmallLength && _granted == 0)
            {
                // A large row waits for its room outside the lock, after what is written has left.
                _standsOnRow = true;
                _wanted = length;
                return;
            }

            chunk.Add(key, value);
            _left--;
            Rows++;
            Bytes += length;
        }
    }

    private async ValueTask FlushAsync(HttpContext http)
    {
        ValueTask<FlushResult> flush = http.Response.BodyWriter.FlushAsync();
        if (flush.IsCompletedSuccessfully)
        {
            await flush;
            return;
        }

        await using (time.CreateTimer(
            state =>
            {
                Stalled = true;
                ((HttpContext)state!).Abort();
            },
            http,
            stallLimit,
            Timeout.InfiniteTimeSpan))
        {
            await flush;
        }
    }
}
