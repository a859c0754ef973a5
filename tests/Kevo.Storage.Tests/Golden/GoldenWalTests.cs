using System.Text.Json;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Golden;

/// <summary>WAL files that stock wrote: read, replayed as stock does, and written again byte for byte.</summary>
public sealed class GoldenWalTests
{
    public static TheoryData<string> Cases => GoldenCase.Names;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Replay_by_stocks_rules_yields_what_stock_replayed(string name)
    {
        GoldenCase golden = GoldenCase.Find(name);
        List<GoldenEntry> expected = golden.List("entries.jsonl");
        JsonElement perFile = golden.Stock().GetProperty("stock_replay_per_file");
        int at = 0;
        foreach (StockWalFile file in golden.Open().WalFiles(includeBackups: false))
        {
            using StockFileReplay replay = StockFileReplay.Open(LinuxFileSystem.Instance, file.Path);
            while (replay.MoveNext())
            {
                AssertSame(expected[at++], replay.Entry, file.Name);
            }

            JsonElement figures = perFile.GetProperty(file.Name);
            Assert.Equal(figures.GetProperty("processed").GetInt64(), replay.Processed);
            Assert.Equal(figures.GetProperty("skipped").GetInt64(), replay.Skipped);
            bool failed = figures.TryGetProperty("error", out JsonElement error)
                && !string.IsNullOrEmpty(error.GetString());
            Assert.Equal(failed, replay.Outcome == StockReplayOutcome.Fatal);
        }

        Assert.Equal(expected.Count, at);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reading_yields_every_entry_that_is_whole_and_says_what_is_lost(string name)
    {
        GoldenCase golden = GoldenCase.Find(name);
        List<GoldenEntry> expected = golden.List("entries_written.jsonl");
        bool damaged = expected.Count > 0;
        if (!damaged)
        {
            expected = golden.List("entries.jsonl");
        }

        var lost = new List<StockDamage>();
        int at = 0;
        foreach (StockWalFile file in golden.Open().WalFiles(includeBackups: false))
        {
            using StockWalReader reader = StockWalReader.Open(LinuxFileSystem.Instance, file.Path);
            while (reader.MoveNext())
            {
                at += reader.FollowsDamage ? 1 : 0;
                AssertSame(expected[at++], reader.Entry, file.Name);
            }

            lost.AddRange(reader.Damage);
        }

        StockDamageKind? kind = name switch
        {
            "wal-bad-crc-middle" => StockDamageKind.Checksum,
            "wal-torn-fragment" or "wal-torn-header" or "wal-torn-tail" => StockDamageKind.TornTail,
            "wal-zero-tail" => StockDamageKind.ZeroTail,
            _ => null,
        };
        Assert.Equal(kind, lost.Count == 0 ? null : Assert.Single(lost).Kind);
        Assert.Equal(expected.Count, at);
        Assert.True(kind != StockDamageKind.Checksum || lost[0].Length is > 0 and < 400);
        Assert.True(kind != StockDamageKind.ZeroTail || lost[0].Length == 100_000);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Writing_the_entries_again_gives_the_same_bytes(string name)
    {
        GoldenCase golden = GoldenCase.Find(name);
        using var directory = new TemporaryDirectory();
        foreach (StockWalFile file in golden.Open().WalFiles(includeBackups: false))
        {
            string copy = directory.Combine(file.Name);
            var damage = new List<StockDamage>();
            using (StockWalReader reader = StockWalReader.Open(LinuxFileSystem.Instance, file.Path))
            using (StockWalWriter writer = StockWalWriter.Create(LinuxFileSystem.Instance, copy))
            {
                while (reader.MoveNext())
                {
                    StockEntry entry = reader.Entry;
                    writer.Append(entry.Operation, entry.Sequence, entry.Key, entry.Value);
                }

                damage.AddRange(reader.Damage);
            }

            List<byte> expected = [.. File.ReadAllBytes(file.Path)];
            damage.Reverse();
            damage.ForEach(range => expected.RemoveRange((int)range.Offset, (int)range.Length));
            Assert.True(expected.ToArray().AsSpan().SequenceEqual(File.ReadAllBytes(copy)), $"{name}/{file.Name}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_dump_has_one_line_per_entry_with_all_its_fields(string name)
    {
        GoldenCase golden = GoldenCase.Find(name);
        using var output = new MemoryStream();
        StockWalReport report = StockWalInspector.Dump(
            LinuxFileSystem.Instance,
            StockDirectory.LocateWal(LinuxFileSystem.Instance, golden.Path, includeBackups: false),
            output,
            TestContext.Current.CancellationToken);

        string[] lines = System.Text.Encoding.UTF8.GetString(output.ToArray())
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(report.EntryCount, lines.Length);
        long previous = -1;
        string previousFile = "";
        foreach (string line in lines)
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            string file = root.GetProperty("file").GetString()!;
            long offset = root.GetProperty("offset").GetInt64();
            Assert.True(offset > previous || file != previousFile, line[..Math.Min(line.Length, 200)]);
            (previous, previousFile) = (offset, file);
            _ = root.GetProperty("seq").GetUInt64();
            _ = Convert.FromHexString(root.GetProperty("key_hex").GetString()!);
            bool isDelete = root.GetProperty("op").GetString() == "delete";
            Assert.Equal(!isDelete, root.TryGetProperty("value_hex", out JsonElement value));
            Assert.True(isDelete || value.GetString()!.Length == 2 * root.GetProperty("value_len").GetInt32());
        }

        Assert.Equal(golden.List("entries_written.jsonl").Count == 0, report.IsClean);
    }

    private static void AssertSame(GoldenEntry expected, StockEntry entry, string file)
    {
        string operation = entry.Operation switch
        {
            Operation.Put => "put", Operation.Delete => "delete", _ => "merge",
        };
        Assert.Equal(expected.Operation, operation);
        Assert.Equal(expected.Sequence, entry.Sequence);
        Assert.Equal(expected.File, file);
        Assert.True(entry.Key.SequenceEqual(expected.Key));
        Assert.True(entry.Operation == Operation.Delete || expected.HasValue(entry.Value));
    }
}
