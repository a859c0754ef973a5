namespace Kevo.Replication.Sequencing;

/// <summary>What the batch applier did.</summary>
/// <param name="Entries">Operations applied.</param>
/// <param name="Bytes">Their payload bytes, decompressed.</param>
/// <param name="Transactions">Transactions completed.</param>
/// <param name="Duplicates">Operations that were held already and dropped.</param>
/// <param name="OutOfOrder">Operations dropped because something before them is missing, or their end is.</param>
public readonly record struct ApplyCounts(
    long Entries, long Bytes, long Transactions, long Duplicates, long OutOfOrder);
