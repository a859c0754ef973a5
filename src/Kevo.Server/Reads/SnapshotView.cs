using Kevo.Core;
using Kevo.Storage;

namespace Kevo.Server.Reads;

/// <summary>
/// A snapshot that several calls may use and one may close: every touch of the snapshot or of a cursor on it happens
/// under one lock, and closing disposes cursors and snapshot at once, whoever is in the middle of a scan.
/// </summary>
internal sealed class SnapshotView(ISnapshot snapshot) : IDisposable
{
    private readonly List<IEntryCursor> _cursors = [];
    private bool _closed;

    /// <summary>Held during every use of the snapshot and its cursors; never across an await.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The position the snapshot reflects.</summary>
    public LogPosition Position { get; } = snapshot.Position;

    /// <summary>True once <see cref="Dispose"/> ran. Meaningful under <see cref="Gate"/>.</summary>
    public bool IsClosed => _closed;

    /// <summary>
    /// Looks a key up. No answer and no length: the view is closed. No answer but a length: the value is longer than
    /// <paramref name="maxLength"/> and was not copied.
    /// </summary>
    public ValueAnswer? Get(ReadOnlySpan<byte> key, int maxLength, out int length)
    {
        length = 0;
        lock (Gate)
        {
            if (_closed)
            {
                return null;
            }

            if (!snapshot.TryGet(key, out ReadOnlySpan<byte> value))
            {
                return ValueAnswer.Absent;
            }

            length = value.Length;
            return length <= maxLength ? ValueAnswer.Found(value) : null;
        }
    }

    /// <summary>Opens a cursor; null when the view is closed. Give it back with <see cref="CloseCursor"/>.</summary>
    public IEntryCursor? OpenCursor(in ScanRange range)
    {
        lock (Gate)
        {
            if (_closed)
            {
                return null;
            }

            IEntryCursor cursor = snapshot.Scan(range.Start.Span, range.End.Span);
            _cursors.Add(cursor);
            return cursor;
        }
    }

    /// <summary>
    /// Says that the view is in good use. The caller holds <see cref="Gate"/>, and it is not closed.
    /// </summary>
    public void Renew() => snapshot.Renew();

    /// <summary>Disposes a cursor of this view, unless closing the view did already.</summary>
    public void CloseCursor(IEntryCursor cursor)
    {
        lock (Gate)
        {
            if (_cursors.Remove(cursor))
            {
                cursor.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (Gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            foreach (IEntryCursor cursor in _cursors)
            {
                cursor.Dispose();
            }

            _cursors.Clear();
            snapshot.Dispose();
        }
    }
}
