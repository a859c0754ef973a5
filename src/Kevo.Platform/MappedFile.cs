using System.Runtime.CompilerServices;
using Kevo.Core;
using Microsoft.Win32.SafeHandles;

namespace Kevo.Platform;

/// <summary>A shared mapping of a whole file.</summary>
/// <remarks>
/// Invariants of the pointer: it is non-null exactly while the mapping lives; [_start, _start + _mappedLength) is
/// mapped all that time;
/// <see cref="Length"/> never exceeds _mappedLength nor the length of the file, so a span within it cannot touch a page
/// beyond the end of the file (which would be SIGBUS). Disk space under it was allocated when the file was made.
/// </remarks>
internal sealed unsafe class MappedFile : IMappedFile
{
    // The address space is locked while pages are given back, and other threads' page faults and syncs wait for it.
    // This much is a fraction of a millisecond.
    private const long Slice = 2 << 20;

    private readonly bool _writable;
    private readonly long _mappedLength;
    private readonly SafeFileHandle? _file;
    private byte* _start;
    private long _length;
    private WriteBehindQueue? _behind;
    private SyncBehindTask? _syncing;

    /// <summary>Takes over <paramref name="file"/>; a writable mapping keeps it open to cut the file later.</summary>
    internal MappedFile(string operation, string path, SafeFileHandle file, long length, bool writable)
    {
        Path = path;
        _writable = writable;
        int protection = writable ? LibC.ProtectionRead | LibC.ProtectionWrite : LibC.ProtectionRead;
        if (length > 0)
        {
            nint start = LibC.Map(0, (nuint)length, protection, LibC.MapShared, file, 0);
            if (start == LibC.MapFailed)
            {
                throw SystemErrors.Last(operation, path, "mmap");
            }

            _start = (byte*)start;
        }

        _mappedLength = length;
        _length = length;
        if (writable)
        {
            _file = file;
        }
        else
        {
            file.Dispose();
        }
    }

    public string Path { get; }

    public long Length => Volatile.Read(ref _length);

    public ReadOnlySpan<byte> Read(long offset, int length)
    {
        CheckRange(offset, length);
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    public ReadOnlySpan<byte> ReadToEnd(long offset)
    {
        long length = Volatile.Read(ref _length);
        if ((ulong)offset > (ulong)length)
        {
            ThrowOutside(offset, 0);
        }

        return new ReadOnlySpan<byte>(_start + offset, (int)Math.Min(int.MaxValue, length - offset));
    }

    public Span<byte> Write(long offset, int length)
    {
        if (!_writable)
        {
            throw new InvalidOperationException($"{Path} is mapped read-only.");
        }

        CheckRange(offset, length);
        return new Span<byte>(_start + offset, length);
    }

    public void Sync(string operation, long offset, long length)
    {
        CheckRange(offset, length);
        if (length == 0)
        {
            return;
        }

        long first = offset & ~((long)Environment.SystemPageSize - 1);
        while (LibC.SyncMapping((nint)(_start + first), (nuint)(offset + length - first), LibC.SyncNow) != 0)
        {
            if (!SystemErrors.WasInterrupted())
            {
                throw SystemErrors.SyncFailed(operation, Path, "msync");
            }
        }
    }

    public void SyncBehind(string operation, long offset, long length)
    {
        CheckRange(offset, length);

        // The disk begins now, not when a thread has become free to wait for it.
        StartWriting(offset, length);
        (_syncing ??= new SyncBehindTask(this)).Start(operation, offset, length);
    }

    public bool TryAwaitSync(TimeSpan atMost) => _syncing is null || _syncing.TryAwait(atMost);

    public TimeSpan FinishSyncing() => _syncing?.Finish() ?? TimeSpan.Zero;

    public void WriteThrough(string operation, long offset, ReadOnlySpan<byte> bytes)
    {
        CheckRange(offset, bytes.Length);
        if (_file is null)
        {
            throw new InvalidOperationException($"{Path} is mapped read-only.");
        }

        while (!bytes.IsEmpty)
        {
            int written = LinuxFileSystem.WriteAt(operation, Path, _file, offset, bytes);
            bytes = bytes[written..];
            offset += written;
        }
    }

    public void WriteBehind(string operation, long offset, ReadOnlyMemory<byte> bytes)
    {
        CheckRange(offset, bytes.Length);
        (_behind ??= new WriteBehindQueue(this)).Add(operation, offset, bytes);
    }

    public void FinishWriting() => _behind?.Finish();

    /// <summary>
    /// Asks the disk to begin with whole pages of the range; an error shows in the sync that must follow.
    /// </summary>
    internal void StartWriting(long offset, long length) =>
        _ = LibC.StartWriting(_file!, offset, length, LibC.StartWriteOnly);

    public void Truncate(string operation, long length)
    {
        CheckRange(0, length);
        if (_file is null)
        {
            throw new InvalidOperationException($"{Path} is mapped read-only.");
        }

        // Before the file is cut: no span may reach beyond its end.
        long before = _length;
        Volatile.Write(ref _length, length);
        while (LibC.SetLength(_file, length) != 0)
        {
            if (!SystemErrors.WasInterrupted())
            {
                Volatile.Write(ref _length, before);
                SystemErrors.ThrowLast(operation, Path, "ftruncate");
            }
        }

        LinuxFileSystem.SyncHandle(operation, Path, _file);
    }

    public void Release(long offset, long length)
    {
        // Read once: another thread may cut the file, so that a range that was right when chosen is not any more.
        long limit = Volatile.Read(ref _length);
        if ((ulong)offset > (ulong)limit)
        {
            ThrowOutside(offset, length);
        }

        long page = Environment.SystemPageSize;
        long first = (offset + page - 1) & ~(page - 1);
        long end = Math.Min(offset + length, limit) & ~(page - 1);
        if (end > first)
        {
            // Advice: when the kernel declines, nothing is wrong and nothing needs to be done.
            for (long at = first; at < end; at += Slice)
            {
                _ = LibC.Advise((nint)(_start + at), (nuint)Math.Min(Slice, end - at), LibC.AdviceDoNotNeed);
            }
        }
    }

    /// <summary>
    /// For a new file, which has nothing to read: else the first touch of a page makes the kernel fetch, which here
    /// means zero, as much as the disk's read-ahead says. With 8 MiB that is a pause of 30 ms for the writer.
    /// </summary>
    internal void DoNotReadAhead() => _ = LibC.Advise((nint)_start, (nuint)_mappedLength, LibC.AdviceRandom);

    public void Dispose()
    {
        // Below a sync the mapping must not go away.
        _syncing?.Abandon();
        byte* start = _start;
        _start = null;
        Volatile.Write(ref _length, 0);
        _file?.Dispose();
        for (long at = 0; start != null && at < _mappedLength; at += Slice)
        {
            if (LibC.Unmap((nint)(start + at), (nuint)Math.Min(Slice, _mappedLength - at)) != 0)
            {
                throw SystemErrors.Last("MAPPING:UNMAP", Path, "munmap");
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CheckRange(long offset, long length)
    {
        // Unsigned arithmetic refuses negative numbers and a sum beyond the end in two comparisons.
        ulong limit = (ulong)Volatile.Read(ref _length);
        if ((ulong)offset > limit || (ulong)length > limit - (ulong)offset)
        {
            ThrowOutside(offset, length);
        }
    }

    private void ThrowOutside(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_start == null && _mappedLength > 0, this);
        throw new ArgumentOutOfRangeException(
            nameof(offset), $"Bytes {offset} to {offset + length} lie outside {Path} ({_length} bytes).");
    }
}
