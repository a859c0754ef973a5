using System.Text;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Sidecar;
using Kevo.Storage.Log;
using Kevo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Relay.Tests.Sidecar;

/// <summary>
/// A stock directory being written, and a copier driven step by step under a clock that the test moves.
/// </summary>
internal sealed class SidecarFixture : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public SidecarFixture()
    {
        Options = new SidecarOptions
        {
            StockDirectory = _directory.Combine("stock"),
            Directory = _directory.Combine("sidecar"),
            SegmentSize = 1 << 20,
        };
        Clock = new SettableClock(Time);
        Directory.CreateDirectory(Options.Directory);
        Stock = new StockDirectoryWriter(Options.StockDirectory);
    }

    public SidecarOptions Options { get; set; }

    public StockDirectoryWriter Stock { get; }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>The same clock, with a time of day that can be set.</summary>
    public SettableClock Clock { get; }

    public WriteAheadLog Log { get; private set; } = null!;

    public SidecarCopier Copier { get; private set; } = null!;

    public string StatePath => Path.Combine(Options.Directory, "SIDECAR");

    public static (byte Operation, byte[] Key, byte[] Value) Put(string key, string value = "value") =>
        (1, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));

    public static (byte Operation, byte[] Key, byte[] Value)[] Batch(int count, string prefix = "b") =>
        [.. Enumerable.Range(0, count).Select(i => Put($"{prefix}{i:D4}"))];

    public void PutOne(string key, string value = "value") =>
        Stock.Write(1, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));

    /// <summary>Starts a copier on the sidecar's directory.</summary>
    public void Start() => Start(LinuxFileSystem.Instance);

    /// <summary>Starts a copier on the sidecar's directory, over a disk of the test.</summary>
    public void Start(IFileSystem disk)
    {
        Log = WriteAheadLog.Open(
            new LogOptions { Directory = Path.Combine(Options.Directory, "log"), SegmentSize = Options.SegmentSize },
            disk);
        bool opened = false;
        try
        {
            Copier = SidecarCopier.Open(Options, disk, Log, Clock, NullLogger.Instance);
            opened = true;
        }
        finally
        {
            if (!opened)
            {
                Log.Dispose();
            }
        }
    }

    /// <summary>Ends it as a kill does: nothing more is written.</summary>
    public void Kill()
    {
        Copier.Dispose();
        Log.Dispose();
    }

    /// <summary>Takes steps without letting time pass.</summary>
    public void Step()
    {
        Copier.NoteChange();
        while (Copier.RunStep())
        {
        }
    }

    /// <summary>Takes steps and lets as much time pass as needed until nothing is waited for.</summary>
    public void Settle()
    {
        Step();
        for (int i = 0; i < 4; i++)
        {
            Time.Advance(Options.TornPatience);
            Step();
        }
    }

    /// <summary>The transactions of the sidecar's log.</summary>
    public List<(byte Operation, byte[] Key, byte[] Value)[]> Copied()
    {
        var transactions = new List<List<(byte, byte[], byte[])>>();
        using LogCursor cursor = Log.OpenCursor(new LogPosition(1, 1));
        while (cursor.MoveNext())
        {
            while (cursor.TryReadEntry(out WalEntry entry))
            {
                if (entry.Sequence == (ulong)transactions.Count + 1)
                {
                    transactions.Add([]);
                }

                Assert.Equal((ulong)transactions.Count, entry.Sequence);
                transactions[^1].Add(((byte)entry.Operation, entry.Key.ToArray(), entry.Value.ToArray()));
            }
        }

        return [.. transactions.Select(transaction => transaction.ToArray())];
    }

    /// <summary>The log must be the history that stock wrote, transaction by transaction.</summary>
    public void AssertCopied(string because = "") => AssertEqual(Stock.History, Copied(), because);

    public static void AssertEqual(
        List<(byte Operation, byte[] Key, byte[] Value)[]> expected,
        List<(byte Operation, byte[] Key, byte[] Value)[]> actual,
        string because)
    {
        Assert.True(expected.Count == actual.Count, $"{actual.Count} of {expected.Count} transactions; {because}");
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.True(expected[i].Length == actual[i].Length, $"transaction {i + 1} has another length; {because}");
            for (int j = 0; j < expected[i].Length; j++)
            {
                bool equal = expected[i][j].Operation == actual[i][j].Operation
                    && expected[i][j].Key.AsSpan().SequenceEqual(actual[i][j].Key)
                    && expected[i][j].Value.AsSpan().SequenceEqual(actual[i][j].Value);
                Assert.True(equal, $"operation {j} of transaction {i + 1} differs; {because}");
            }
        }
    }

    public void Dispose()
    {
        Copier?.Dispose();
        Log?.Dispose();
        Stock.Dispose();
        _directory.Dispose();
    }
}
