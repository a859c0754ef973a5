using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Wire;

namespace Kevo.Replication.Receive;

/// <summary>
/// Messages on disk, first in, first out. The file is removed whenever it is empty. Nothing is synced: after a crash
/// the primary, or a snapshot of it, brings what was here. What comes back passed its checksum. Guarded by the lock of
/// the queue that owns it.
/// </summary>
/// <param name="place">Where the file is.</param>
/// <param name="pool">Where messages read back come from.</param>
/// <param name="bytesMax">Most bytes of the file.</param>
internal sealed class MessageSpill(SpillPlace place, StreamMessagePool pool, long bytesMax) : IDisposable
{
    /// <summary>
    /// Before a message's bytes, little-endian: their length (4 bytes), its arrival (8 bytes), and the XXH3-64 of its
    /// bytes with the arrival as seed (8 bytes).
    /// </summary>
    private const int HeaderLength = 20;
    private const int ArrivalOffset = sizeof(int);
    private const int ChecksumOffset = ArrivalOffset + sizeof(long);

    private readonly string _path = Path.Combine(place.Directory, "received.spill");
    private IAppendFile? _written;
    private IRandomReadFile? _read;
    private long _readOffset;
    private bool _torn;

    /// <summary>Messages in the file.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Adds a copy of the message. False when the file would grow beyond its limit, or ends with a message that was
    /// not written whole.
    /// </summary>
    /// <exception cref="StorageException">
    /// The disk failed; what was added before is still there. Nothing is added behind the failure until the file is
    /// empty and begins anew.
    /// </exception>
    public bool TryAppend(in ReceivedMessage received)
    {
        int length = received.Message.Length;
        if (_torn && Count == 0)
        {
            Dispose();
        }

        if (_torn || (_written?.Length ?? 0) + HeaderLength + length > bytesMax)
        {
            return false;
        }

        IAppendFile file = _written ?? Open();
        ReadOnlySpan<byte> bytes = received.Message.Span;
        Span<byte> header = stackalloc byte[HeaderLength];
        BinaryPrimitives.WriteInt32LittleEndian(header, length);
        BinaryPrimitives.WriteInt64LittleEndian(header[ArrivalOffset..], received.ArrivedAt);
        BinaryPrimitives.WriteUInt64LittleEndian(
            header[ChecksumOffset..], XxHash3.HashToUInt64(bytes, received.ArrivedAt));
        _torn = true;
        file.Append("SPILL:APPEND", header);
        file.Append("SPILL:APPEND", bytes);
        _torn = false;
        Count++;
        return true;
    }

    /// <summary>Takes the oldest message; there must be one. The caller disposes it.</summary>
    /// <exception cref="StorageException">The disk failed.</exception>
    public ReceivedMessage Take()
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        ReadFully(header);
        int length = BinaryPrimitives.ReadInt32LittleEndian(header);
        long arrivedAt = BinaryPrimitives.ReadInt64LittleEndian(header[ArrivalOffset..]);
        if (length < 0 || length > _written!.Length - _readOffset)
        {
            throw Damaged("it announces more bytes than it has");
        }

        byte[] bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            ReadFully(bytes.AsSpan(0, length));
            if (XxHash3.HashToUInt64(bytes.AsSpan(0, length), arrivedAt)
                != BinaryPrimitives.ReadUInt64LittleEndian(header[ChecksumOffset..]))
            {
                throw Damaged("a message fails its checksum");
            }

            Count--;
            ReceivedMessage received = new(pool.Copy(bytes.AsSpan(0, length)), arrivedAt);
            if (Count == 0)
            {
                Dispose();
            }

            return received;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Forgets every message and removes the file.</summary>
    public void Dispose()
    {
        Count = 0;
        if (_written is null)
        {
            return;
        }

        _read?.Dispose();
        _written.Dispose();
        _read = null;
        _written = null;
        _torn = false;
        place.FileSystem.Delete("SPILL:DELETE", _path);
    }

    private IAppendFile Open()
    {
        if (place.FileSystem.FileExists(_path))
        {
            place.FileSystem.Delete("SPILL:DELETE", _path);
        }

        IAppendFile written = place.FileSystem.CreateAppend("SPILL:CREATE", _path);
        try
        {
            _read = place.FileSystem.OpenRead("SPILL:OPEN", _path);
        }
        catch (StorageException)
        {
            written.Dispose();
            throw;
        }

        _written = written;
        _readOffset = 0;
        return written;
    }

    private void ReadFully(Span<byte> destination)
    {
        int read = _read!.Read("SPILL:READ", _readOffset, destination);
        if (read != destination.Length)
        {
            throw Damaged("it was shortened by somebody else");
        }

        _readOffset += read;
    }

    private StorageException Damaged(string how) => new(
        StorageFault.Corrupt,
        $"{_path}, where received messages wait, is damaged: {how}. From there on nothing was applied; a restart "
        + "begins without the file. Check the disk.",
        _path);
}
