using System.Buffers;
using System.Buffers.Binary;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Wire;

namespace Kevo.Replication.Receive;

/// <summary>
/// Messages on disk, first in, first out. The file is removed whenever it is empty. Nothing is synced: after a crash
/// the primary, or a snapshot of it, brings what was here. Guarded by the lock of the queue that owns it.
/// </summary>
/// <param name="place">Where the file is.</param>
/// <param name="pool">Where messages read back come from.</param>
/// <param name="bytesMax">Most bytes of the file.</param>
internal sealed class MessageSpill(SpillPlace place, StreamMessagePool pool, long bytesMax) : IDisposable
{
    /// <summary>Length of the message (4 bytes) and its arrival (8 bytes), little-endian, before its bytes.</summary>
    private const int HeaderLength = 12;

    private readonly string _path = Path.Combine(place.Directory, "received.spill");
    private IAppendFile? _written;
    private IRandomReadFile? _read;
    private long _readOffset;

    /// <summary>Messages in the file.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a copy of the message. False when the file would grow beyond its limit.</summary>
    /// <exception cref="StorageException">The disk failed; what was added before is still there.</exception>
    public bool TryAppend(in ReceivedMessage received)
    {
        int length = received.Message.Length;
        if ((_written?.Length ?? 0) + HeaderLength + length > bytesMax)
        {
            return false;
        }

        if (_written is null)
        {
            Open();
        }

        Span<byte> header = stackalloc byte[HeaderLength];
        BinaryPrimitives.WriteInt32LittleEndian(header, length);
        BinaryPrimitives.WriteInt64LittleEndian(header[sizeof(int)..], received.ArrivedAt);
        _written!.Append("SPILL:APPEND", header);
        _written.Append("SPILL:APPEND", received.Message.Span);
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
        long arrivedAt = BinaryPrimitives.ReadInt64LittleEndian(header[sizeof(int)..]);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            ReadFully(bytes.AsSpan(0, length));
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
        place.FileSystem.Delete("SPILL:DELETE", _path);
    }

    private void Open()
    {
        if (place.FileSystem.FileExists(_path))
        {
            place.FileSystem.Delete("SPILL:DELETE", _path);
        }

        _written = place.FileSystem.CreateAppend("SPILL:CREATE", _path);
        _read = place.FileSystem.OpenRead("SPILL:OPEN", _path);
        _readOffset = 0;
    }

    private void ReadFully(Span<byte> destination)
    {
        int read = _read!.Read("SPILL:READ", _readOffset, destination);
        if (read != destination.Length)
        {
            throw new StorageException(
                StorageFault.Corrupt, $"The file {_path} was shortened by somebody else.", _path);
        }

        _readOffset += read;
    }
}
