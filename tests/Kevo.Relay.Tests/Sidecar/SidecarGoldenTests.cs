using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Kevo.Relay.Sidecar;
using Kevo.Testing;

namespace Kevo.Relay.Tests.Sidecar;

/// <summary>Directories that stock wrote, appearing piece by piece as if stock were writing them now.</summary>
public sealed class SidecarGoldenTests
{
    [Theory]
    [InlineData("wal-simple")]
    [InlineData("wal-batches")]
    [InlineData("wal-batch-partial")]
    [InlineData("wal-fragmented")]
    [InlineData("wal-multi-file")]
    [InlineData("wal-torn-tail")]
    [InlineData("wal-torn-header")]
    [InlineData("wal-torn-fragment")]
    [InlineData("wal-zero-tail")]
    public void Every_entry_stock_wrote_is_copied_in_order_and_grouped_by_number(string name)
    {
        string golden = Repository.Golden ?? "";
        Assert.SkipWhen(golden.Length == 0, "The directories that stock wrote are not on this machine.");
        string source = Path.Combine(golden, name);
        using var fixture = new SidecarFixture();
        fixture.Stock.Dispose();
        string wal = Path.Combine(fixture.Options.StockDirectory, "wal");
        Directory.Delete(wal, recursive: true);
        Directory.CreateDirectory(wal);
        fixture.Start();
        var random = new Random(Seed.For(4102));
        string goldenWal = Path.Combine(source, "wal");
        foreach (string path in Directory.GetFiles(goldenWal, "*.wal").Order(StringComparer.Ordinal))
        {
            byte[] bytes = File.ReadAllBytes(path);
            string target = Path.Combine(wal, Path.GetFileName(path));
            using var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite, 0);
            for (int at = 0; at < bytes.Length;)
            {
                int length = Math.Min(random.Next(1, 3_000), bytes.Length - at);
                file.Write(bytes, at, length);
                at += length;
                fixture.Step();
            }
        }

        fixture.Settle();

        List<string> expected = ReadExpected(source);
        var actual = fixture.Copied();
        Assert.Equal(expected, actual.SelectMany(transaction => transaction).Select(Describe));
        Assert.Equal(0, fixture.Copier.Status.LateParts);
        CheckGroups(source, actual.Select(transaction => transaction.Length));
    }

    private static List<string> ReadExpected(string source) =>
        [.. Entries(source).Select(entry =>
        {
            string operation = entry.GetProperty("op").GetString()!;
            string value = operation == "delete" ? "" : entry.GetProperty("value_sha256").GetString()!;
            return $"{operation} {entry.GetProperty("key_hex").GetString()} {value}";
        })];

    private static IEnumerable<JsonElement> Entries(string source)
    {
        // In the damaged cases stock hands nothing over; what was written before the damage counts.
        string written = Path.Combine(source, "entries_written.jsonl");
        string path = File.Exists(written) ? written : Path.Combine(source, "entries.jsonl");
        return File.ReadLines(path)
            .Where(line => line.Length > 0)
            .Select(line => JsonDocument.Parse(line).RootElement);
    }

    private static void CheckGroups(string source, IEnumerable<int> lengths)
    {
        var expected = new List<int>();
        string last = "";
        foreach (JsonElement entry in Entries(source))
        {
            ulong sequence = entry.GetProperty("seq").GetUInt64();
            string file = entry.TryGetProperty("file", out JsonElement named) ? named.GetString()! : "";
            string group = string.Create(CultureInfo.InvariantCulture, $"{file} {sequence}");
            if (group == last)
            {
                expected[^1]++;
            }
            else
            {
                expected.Add(1);
            }

            last = group;
        }

        Assert.Equal(expected, lengths);
    }

    private static string Describe((byte Operation, byte[] Key, byte[] Value) entry)
    {
        string operation = entry.Operation == 2 ? "delete" : "put";
        string value = entry.Operation == 2 ? "" : Convert.ToHexStringLower(SHA256.HashData(entry.Value));
        return $"{operation} {Convert.ToHexStringLower(entry.Key)} {value}";
    }
}
