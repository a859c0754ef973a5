using System.Text;

namespace Kevo.Storage.Tests.Tables;

/// <summary>One entry as plain data; a null value is a tombstone.</summary>
public sealed record TableEntry(byte[] Key, byte[]? Value, ulong Sequence)
{
    public static TableEntry Of(string key, string? value, ulong sequence) =>
        new(Encoding.UTF8.GetBytes(key), value is null ? null : Encoding.UTF8.GetBytes(value), sequence);

    public bool SameAs(TableEntry other) =>
        Key.AsSpan().SequenceEqual(other.Key)
        && Sequence == other.Sequence
        && (Value is null) == (other.Value is null)
        && Value.AsSpan().SequenceEqual(other.Value);
}
