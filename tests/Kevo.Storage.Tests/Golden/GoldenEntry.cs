using System.Security.Cryptography;
using System.Text.Json;

namespace Kevo.Storage.Tests.Golden;

/// <summary>One line of a golden list: a key with what is known of its value.</summary>
public sealed record GoldenEntry
{
    public string File { get; init; } = "";

    public ulong Sequence { get; init; }

    /// <summary>put, delete, merge; empty in lists of live keys.</summary>
    public string Operation { get; init; } = "";

    public required byte[] Key { get; init; }

    public string? ValueHex { get; init; }

    public string? ValueSha256 { get; init; }

    public static List<GoldenEntry> Read(string path)
    {
        var entries = new List<GoldenEntry>();
        foreach (string line in System.IO.File.ReadLines(path))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            entries.Add(new GoldenEntry
            {
                File = Text(root, "file") ?? "",
                Sequence = root.TryGetProperty("seq", out JsonElement sequence) ? sequence.GetUInt64() : 0,
                Operation = Text(root, "op") ?? "",
                Key = Convert.FromHexString(Text(root, "key_hex")!),
                ValueHex = Text(root, "value_hex"),
                ValueSha256 = Text(root, "value_sha256"),
            });
        }

        return entries;
    }

    public bool HasValue(ReadOnlySpan<byte> value) =>
        ValueSha256 is not null
            ? Convert.ToHexStringLower(SHA256.HashData(value)) == ValueSha256
            : Convert.ToHexStringLower(value) == (ValueHex ?? "");

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement field) ? field.GetString() : null;
}
