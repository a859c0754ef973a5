using Kevo.Platform;
using Kevo.Storage.Kevo;

namespace Kevo.Storage.Tests.Kevo;

/// <summary>Reads WAL bytes both ways, as short texts: <c>put 1 key=value</c>, <c>delete 2 key</c>.</summary>
internal static class StockWalReading
{
    public static (List<string> Entries, IReadOnlyList<StockDamage> Damage) Save(string path)
    {
        var entries = new List<string>();
        using StockWalReader reader = StockWalReader.Open(LinuxFileSystem.Instance, path);
        while (reader.MoveNext())
        {
            entries.Add(Text(reader.Entry));
        }

        return (entries, reader.Damage);
    }

    public static (List<string> Entries, StockReplayOutcome Outcome) Replay(string path)
    {
        var entries = new List<string>();
        using StockFileReplay replay = StockFileReplay.Open(LinuxFileSystem.Instance, path);
        while (replay.MoveNext())
        {
            entries.Add(Text(replay.Entry));
        }

        return (entries, replay.Outcome);
    }

    public static string Text(StockEntry entry)
    {
        string key = Short(entry.Key);
        string operation = entry.Operation.ToString().ToLowerInvariant();
        return entry.Operation == Core.Operation.Delete
            ? $"{operation} {entry.Sequence} {key}"
            : $"{operation} {entry.Sequence} {key}={Short(entry.Value)}";
    }

    private static string Short(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= 16 ? System.Text.Encoding.UTF8.GetString(bytes) : $"({bytes.Length})";
}
