using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Sequencing;
using Kevo.Replication.Tests.World;
using Kevo.Storage.Log;
using Kevo.Testing;
using Kevo.Wire;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Tests.Sequencing;

/// <summary>The way of an entry, decode to sync, with the real log: nothing is allocated per entry.</summary>
public sealed class ApplyAllocationTests
{
    private const int PerMessage = 500;

    [Theory]
    [InlineData(CompressionCodec.None, false)]
    [InlineData(CompressionCodec.None, true)]
    [InlineData(CompressionCodec.Zstd, false)]
    [InlineData(CompressionCodec.Snappy, false)]
    public void Decode_order_append_and_sync_allocate_nothing_per_entry(CompressionCodec codec, bool overlapping)
    {
        using TemporaryDirectory directory = new();
        using WriteAheadLog log = WriteAheadLog.Open(
            new LogOptions { Directory = directory.Path }, LinuxFileSystem.Instance);
        using BatchApplier batches = new(new LogApplier(log));
        batches.EnterEpoch(1);
        batches.BeginStream(StreamRules.Relay, null, expectOverlap: false);
        using ICodec made = CodecFactory.Create(codec);
        ulong next = 1;
        for (int i = 0; i < 40; i++)
        {
            using StreamMessage message = NewMessage(made, ref next);
            Apply(batches, message, overlapping);
        }

        const int Rounds = 4;
        const int PerRound = 20;
        StreamMessage[] messages = new StreamMessage[(Rounds + 1) * PerRound];
        for (int i = 0; i < messages.Length; i++)
        {
            messages[i] = NewMessage(made, ref next);
        }

        int applied = 0;
        long allocated = AllocatedBytes.LeastOf(
            () => Apply(batches, messages[applied++], overlapping), PerRound, Rounds);
        Array.ForEach(messages, message => message.Dispose());
        batches.EndSync();
        Assert.Equal(new LogPosition(1, next - 1), batches.Durable);

        Assert.True(allocated == 0, $"{allocated} bytes for {PerRound * PerMessage} entries");
    }

    private static void Apply(BatchApplier batches, StreamMessage message, bool overlapping)
    {
        batches.Apply(message, long.MaxValue);
        if (overlapping)
        {
            batches.BeginSync();
        }
        else
        {
            batches.Sync();
        }
    }

    private static StreamMessage NewMessage(ICodec codec, ref ulong next)
    {
        byte[][] payloads = new byte[PerMessage][];
        for (int i = 0; i < PerMessage; i++)
        {
            payloads[i] = Entries.Put(next++, $"key-{i:d8}", new string('v', 100));
        }

        return codec.Codec == CompressionCodec.None ? Entries.Message(payloads) : Entries.Compressed(codec, payloads);
    }
}
