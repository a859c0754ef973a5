namespace Kevo.Storage.Kevo;

/// <summary>A key with its value in memory; a null value is a tombstone.</summary>
internal sealed record StockVersion(byte[] Key, byte[]? Value, ulong Sequence);
