using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;

namespace Kevo.Storage.Tests.Log;

/// <summary>
/// What a log must hold: every payload ever appended in order, how much of it must survive a crash, and how much
/// was deleted from the front.
/// </summary>
internal sealed class LogModel
{
    /// <summary>The segment size; larger than a page, so that a sync of one frame leaves others alone.</summary>
    internal required int SegmentSize { get; init; }

    // Transactions of the epoch, index 0 being sequence 1.
    private readonly List<List<string>> _transactions = [];
    private readonly Random _salts = new(77);
    private int _durable;
    private int _sealed;
    private ulong _deletedBelow;
    private bool _begun;

    /// <summary>Opens, compares, and writes for a while; ends by a simulated crash or by itself.</summary>
    internal void Live(IFileSystem disk, string directory, Random random, string context)
    {
        using WriteAheadLog log = OpenAndCompare(disk, directory, context);
        if (log.Durable == LogPosition.None)
        {
            Assert.False(_begun, context);
            log.BeginEpoch(new LogPosition(1, 0));
            _begun = true;
        }

        for (int step = 0; step < 30; step++)
        {
            switch (random.Next(10))
            {
                case 0:
                    _ = log.PrepareNextSegment();
                    break;
                case 1:
                    AppendSome(log, random);
                    log.Discard();
                    _durable = _sealed;
                    Trim();
                    break;
                case 2:
                    ulong position = (ulong)random.Next(_durable + 1);
                    _deletedBelow = Math.Max(_deletedBelow, position);
                    _ = log.DeleteBelow(new LogPosition(1, position));
                    break;
                case 3 or 4 or 5:
                    do
                    {
                        AppendSome(log, random);
                    }
                    while (!log.TryAwaitSync(TimeSpan.Zero));

                    log.BeginSync();
                    Assert.Equal((ulong)_sealed, log.Durable.Sequence);
                    _durable = _sealed;
                    _sealed = _transactions.Count;
                    break;
                case 6:
                    log.EndSync();
                    _durable = _sealed;
                    Assert.Equal((ulong)_durable, log.Durable.Sequence);
                    break;
                default:
                    AppendSome(log, random);
                    log.Sync();
                    _durable = _sealed = _transactions.Count;
                    Assert.Equal((ulong)_durable, log.Durable.Sequence);
                    break;
            }
        }
    }

    /// <summary>
    /// Opens what a crash left and takes it as the new truth after comparing it with what is allowed.
    /// </summary>
    internal WriteAheadLog OpenAndCompare(IFileSystem disk, string directory, string context)
    {
        WriteAheadLog log = WriteAheadLog.Open(
            new LogOptions
            {
                Directory = directory, SegmentSize = SegmentSize, SaltSource = () => (ulong)_salts.NextInt64(),
            },
            disk);
        int held = (int)log.Durable.Sequence;
        Assert.True(held >= _durable, $"{context}: {held} transactions are left of {_durable} durable ones.");
        Assert.True(held <= _transactions.Count, $"{context}: {held} transactions of {_transactions.Count} appended.");
        Trim(held);
        _durable = _sealed = held;
        if (log.First != LogPosition.None)
        {
            int first = (int)log.First.Sequence;
            Assert.True(first == 1 || (ulong)first <= _deletedBelow, $"{context}: the log begins at {first}.");
            Assert.True(
                log.ReadAll(log.First).SequenceEqual(_transactions.Skip(first - 1).SelectMany(static one => one)),
                $"{context}: the entries differ.");
        }
        else
        {
            Assert.True(held == 0, $"{context}: nothing is held of {held}.");
        }

        return log;
    }

    private void AppendSome(WriteAheadLog log, Random random)
    {
        int count = random.Next(1, 6);
        for (int i = 0; i < count; i++)
        {
            ulong sequence = (ulong)_transactions.Count + 1;
            int operations = random.Next(20) == 0 ? random.Next(1, 40) : random.Next(1, 4);
            List<string> transaction = [];
            _transactions.Add(transaction);
            for (int operation = 0; operation < operations; operation++)
            {
                int length = random.Next(random.Next(2) == 0 ? 300 : 2000);
                byte[] payload = Entries.Put(sequence, length, $"key{operation}-{random.Next(100)}-");
                transaction.Add(Convert.ToHexString(payload));
                log.Append(payload);
            }
        }
    }

    private void Trim() => Trim(_durable);

    private void Trim(int count) => _transactions.RemoveRange(count, _transactions.Count - count);
}
