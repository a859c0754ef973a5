using CommunityToolkit.HighPerformance.Buffers;
using Kevo.Core;
using Kevo.Fuzz.Engine;
using Kevo.Storage.Compaction;
using Kevo.Storage.Store;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// Checkpoints. The first byte says whether the checksum is made right again; then come edits of a known checkpoint.
/// What is accepted is written again to the same bytes, and without a mended checksum only the known one is.
/// </summary>
internal sealed class CheckpointTarget : IFuzzTarget
{
    private const int HeaderLength = 2;
    private const string Path = "/data/CHECKPOINT";

    private readonly byte[] _known = Write(new Checkpoint
    {
        Position = new LogPosition(2, 1234),
        NextTableNumber = 9,
        Runs = [new CheckpointRun(7, [TableOf(1), TableOf(2)]), new CheckpointRun(70, [TableOf(3)])],
    });

    /// <inheritdoc/>
    public string Name => "checkpoint";

    /// <inheritdoc/>
    public byte[] Generate(Random random) => DiskBytes.AnyEditsAndCut(random, cutOneIn: 6);

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        if (input.Length < HeaderLength)
        {
            return signature.Value;
        }

        byte[] edited = (byte[])_known.Clone();
        DiskBytes.Edit(input[HeaderLength..], edited);
        Span<byte> bytes = edited.AsSpan(0, edited.Length - (input[1] % edited.Length));
        bool mended = input[0] % 2 == 1 && bytes.Length >= sizeof(ulong);
        if (mended)
        {
            DiskBytes.Seal(bytes);
        }

        try
        {
            Checkpoint checkpoint = CheckpointFormat.Read(bytes, Path);
            signature.AddMagnitude((ulong)checkpoint.Runs.Sum(static run => run.Tables.Count));
            FuzzFindingException.Unless(
                Write(checkpoint).AsSpan().SequenceEqual(bytes), "a checkpoint does not come back");
            FuzzFindingException.Unless(mended || bytes.SequenceEqual(_known), "a damaged checkpoint is accepted");
        }
        catch (StorageException error) when (error.Fault is StorageFault.Corrupt or StorageFault.UnknownVersion)
        {
            signature.Add(error);
        }

        return signature.Value;
    }

    private static byte[] Write(Checkpoint checkpoint)
    {
        using ArrayPoolBufferWriter<byte> written = CheckpointFormat.Write(checkpoint);
        return written.WrittenSpan.ToArray();
    }

    private static TableDescription TableOf(ulong number) => new()
    {
        Number = number,
        FileLength = 4096,
        FilterLength = 192,
        Identity = number * 0x9E3779B97F4A7C15,
        EntryCount = 50,
        TombstoneCount = 3,
        DataBytes = 3900,
        SmallestKey = new byte[] { 1, (byte)number },
        LargestKey = new byte[] { 2, (byte)number, 3 },
    };
}
