using System.Buffers.Binary;
using Kevo.Storage.Compaction;

namespace Kevo.Storage.Store;

/// <summary>
/// Takes the fields of a checkpoint one after the other; a field that does not fit is corruption, with its offset.
/// </summary>
internal ref struct CheckpointReader(ReadOnlySpan<byte> bytes, int at, string path)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at = at;

    public ulong Number() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>A number of things of at least eight bytes each that follow.</summary>
    public int Count()
    {
        ulong count = Number();
        return count <= (ulong)(_bytes.Length - _at) / sizeof(ulong)
            ? (int)count
            : throw CheckpointFormat.Corrupt(path, _at, $"a count of {count} does not fit the file");
    }

    public TableDescription Table() => new()
    {
        Number = Number(),
        FileLength = (long)Number(),
        FilterLength = (long)Number(),
        Identity = Number(),
        EntryCount = (long)Number(),
        TombstoneCount = (long)Number(),
        DataBytes = (long)Number(),
        SmallestKey = Key(),
        LargestKey = Key(),
    };

    public readonly void RequireEnd()
    {
        if (_at != _bytes.Length)
        {
            throw CheckpointFormat.Corrupt(path, _at, $"{_bytes.Length - _at} bytes are left over");
        }
    }

    private byte[] Key()
    {
        ulong length = Number();
        return Take(length).ToArray();
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(_bytes.Length - _at))
        {
            throw CheckpointFormat.Corrupt(path, _at, $"{length} bytes are expected, {_bytes.Length - _at} are left");
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(_at, (int)length);
        _at += (int)length;
        return taken;
    }
}
