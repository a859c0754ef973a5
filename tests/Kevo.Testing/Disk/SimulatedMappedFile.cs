using Kevo.Platform;

namespace Kevo.Testing.Disk;

/// <summary>A mapping of a simulated file: spans over the bytes that processes see.</summary>
internal sealed class SimulatedMappedFile : IMappedFile
{
    private readonly SimulatedFileSystem _owner;
    private readonly SimulatedFile _file;
    private readonly bool _writable;
    private readonly int _generation;
    private int _length;
    private bool _disposed;
    private (long Offset, long Length)? _behind;

    internal SimulatedMappedFile(SimulatedFileSystem owner, SimulatedFile file, string path, bool writable)
    {
        _owner = owner;
        _file = file;
        _writable = writable;
        _generation = owner.Generation;
        _length = file.Length;
        Path = path;
    }

    public string Path { get; }

    public long Length => _length;

    public ReadOnlySpan<byte> Read(long offset, int length) => Range(offset, length);

    public ReadOnlySpan<byte> ReadToEnd(long offset) => Range(offset, _length - offset);

    public Span<byte> Write(long offset, int length)
    {
        RequireWritable();
        return Range(offset, length);
    }

    public void Sync(string operation, long offset, long length)
    {
        _ = Range(offset, length);
        _file.Sync(offset, length);
    }

    // As late as can be: a crash before it is waited for loses it.
    public void SyncBehind(string operation, long offset, long length)
    {
        _ = Range(offset, length);
        if (_behind is not null)
        {
            throw new InvalidOperationException($"A sync of {Path} is under way.");
        }

        _behind = (offset, length);
    }

    public bool TryAwaitSync(TimeSpan atMost) => _behind is null || !_owner.IsBusy();

    public TimeSpan FinishSyncing()
    {
        if (_behind is { } range)
        {
            _behind = null;
            _ = Range(range.Offset, range.Length);
            _file.Sync(range.Offset, range.Length);
        }

        return TimeSpan.Zero;
    }

    public void Truncate(string operation, long length)
    {
        RequireWritable();
        _ = Range(0, length);
        _length = (int)length;
        _file.SetLength((int)length);
        _file.Sync(0, 0);
    }

    public void Release(long offset, long length) => _ = Range(offset, length);

    public void Dispose()
    {
        _disposed = true;
        _length = 0;
    }

    private void RequireWritable()
    {
        if (!_writable)
        {
            throw new InvalidOperationException($"{Path} is mapped read-only.");
        }
    }

    private Span<byte> Range(long offset, long length)
    {
        _owner.RequireCurrent(_generation);
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, _length);
        return _file.Data.AsSpan((int)offset, (int)length);
    }
}
