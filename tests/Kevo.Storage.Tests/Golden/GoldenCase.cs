using System.Text.Json;
using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Golden;

/// <summary>A directory that stock Kevo wrote, with what stock made of it.</summary>
public sealed class GoldenCase
{
    private GoldenCase(string path) => Path = path;

    public string Path { get; }

    public static TheoryData<string> Names { get; } =
    [
        "empty-db", "own-promoted-sst", "sst-basic", "sst-multi-level", "wal-bad-crc-middle", "wal-batch-dup",
        "wal-batch-partial", "wal-batches", "wal-fragmented", "wal-longkeys", "wal-multi-file", "wal-seq-reset",
        "wal-simple", "wal-torn-fragment", "wal-torn-header", "wal-torn-tail", "wal-zero-tail",
    ];

    /// <summary>Finds a case, or skips the test where there are no golden directories.</summary>
    public static GoldenCase Find(string name)
    {
        Assert.SkipWhen(Repository.Golden is null, "There are no golden directories on this machine (KEVO_GOLDEN).");
        string path = System.IO.Path.Combine(Repository.Golden!, name);
        Assert.True(Directory.Exists(path), $"{path} is missing");
        return new GoldenCase(path);
    }

    public StockDirectory Open() =>
        StockDirectory.Open(LinuxFileSystem.Instance, Path, StockPathPolicy.UseDirectory);

    public List<GoldenEntry> List(string name)
    {
        string path = System.IO.Path.Combine(Path, name);
        return File.Exists(path) ? GoldenEntry.Read(path) : [];
    }

    public JsonElement Stock()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(System.IO.Path.Combine(Path, "stock.json")));
        return json.RootElement.Clone();
    }
}
