using System.Buffers.Binary;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Receive;
using Kevo.Testing.Disk;
using Kevo.Wire;

namespace Kevo.Faults.Tests.Scenarios;

/// <summary>
/// Received messages wait on disk: they come back in order, what was taken in before a failure is still there, and a
/// restart begins with an empty file.
/// </summary>
internal sealed class SpillScenario(int seed) : Scenario
{
    private const string Directory = "/spill";

    private readonly Random _random = new(seed);
    private readonly StreamMessagePool _pool = new();

    public override string Name => "spill";

    public override void Live(SimulatedFileSystem raw, FaultInjectingFileSystem disk)
    {
        raw.CreateDirectory("TEST:MKDIR", Directory);
        raw.SyncDirectory("TEST:SYNC", "/");
        PassThrough(disk, 30);
    }

    public override void Recover(IFileSystem disk, string where) => PassThrough(disk, 10);

    private void PassThrough(IFileSystem disk, int rounds)
    {
        long added = 0;
        long taken = 0;
        using var spill = new MessageSpill(new SpillPlace(disk, Directory), _pool, 1 << 20);
        for (int round = 0; round < rounds; round++)
        {
            for (int count = _random.Next(1, 5); count > 0; count--)
            {
                using StreamMessage message = MessageOf(added);
                Require(spill.TryAppend(new ReceivedMessage(message, added)), "the file is full too early");
                added++;
            }

            for (int count = _random.Next(8); count > 0 && taken < added; count--)
            {
                ReceivedMessage received = spill.Take();
                using StreamMessage message = received.Message;
                bool same = received.ArrivedAt == taken
                    && BinaryPrimitives.ReadInt64LittleEndian(message.Span) == taken;
                Require(same, $"message {taken} came back as {received.ArrivedAt}");
                taken++;
            }
        }
    }

    private StreamMessage MessageOf(long number)
    {
        byte[] bytes = new byte[_random.Next(8, 500)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return _pool.Copy(bytes);
    }
}
