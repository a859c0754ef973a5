using Kevo.Storage.Tables;

namespace Kevo.Storage.Compaction;

/// <summary>
/// Makes one run, step by step: a flush (entries of a memtable) or a merge (entries of several runs). Its owner calls
/// <see cref="Step"/> until it says that it is done, then takes the tables. One thread at a time.
/// </summary>
internal sealed class RewriteJob(
    IReadOnlyList<RewritePart> parts, RunWriter writer, bool dropTombstones, NewKeyEstimator? estimator)
{
    // What an entry costs beyond its key and value, so that steps over tiny entries are bounded too.
    private const int EntryCost = 16;

    private IOrderedCursor? _cursor;
    private int _next;

    /// <summary>Bytes of entries gone through, an estimate of the work done.</summary>
    public long Progress { get; private set; }

    /// <summary>The tables made or kept.</summary>
    public RunWriter Writer => writer;

    /// <summary>
    /// Goes through about <paramref name="budget"/> bytes of entries; true when everything is written.
    /// </summary>
    /// <exception cref="Core.StorageException">
    /// The disk failed or an input is corrupt; the job can only be abandoned.
    /// </exception>
    public bool Step(long budget)
    {
        long until = Progress + budget;
        while (Progress < until)
        {
            if (_cursor is null && !StartPart())
            {
                writer.Cut();
                return true;
            }

            if (_cursor is not null)
            {
                Copy(_cursor, until, mayPublish: true);
            }
        }

        writer.AwaitWriting();
        return false;
    }

    /// <summary>
    /// Copies about <paramref name="budget"/> bytes of entries, but does nothing that waits for the disk; false when
    /// that is all there is to do.
    /// </summary>
    /// <exception cref="Core.StorageException">As <see cref="Step"/>.</exception>
    public bool CopyOnly(long budget)
    {
        long before = Progress;
        if (_cursor is null && _next < parts.Count && parts[_next].Keep is null)
        {
            StartPart();
        }

        if (_cursor is not null)
        {
            Copy(_cursor, before + budget, mayPublish: false);
        }

        return Progress > before;
    }

    /// <summary>Closes the inputs and leaves what was written to be removed.</summary>
    public void Abandon()
    {
        _cursor?.Dispose();
        _cursor = null;
        writer.Abandon();
    }

    /// <summary>Begins the next part; false when there is none. A part that is kept is done at once.</summary>
    private bool StartPart()
    {
        if (_next == parts.Count)
        {
            return false;
        }

        RewritePart part = parts[_next++];
        if (part.Keep is { } table)
        {
            writer.Adopt(table);
        }

        _cursor = part.Open?.Invoke();
        return true;
    }

    private void Copy(IOrderedCursor cursor, long until, bool mayPublish)
    {
        while (Progress < until && (mayPublish || !writer.IsFull))
        {
            if (!cursor.MoveNext())
            {
                cursor.Dispose();
                _cursor = null;
                return;
            }

            ReadOnlySpan<byte> key = cursor.Key;
            ReadOnlySpan<byte> value = cursor.Value;
            bool isTombstone = cursor.IsTombstone;
            Progress += key.Length + value.Length + EntryCost;
            estimator?.Observe(key, isTombstone);
            if (!isTombstone || !dropTombstones)
            {
                writer.Add(key, value, isTombstone, cursor.Sequence);
            }
        }
    }
}
