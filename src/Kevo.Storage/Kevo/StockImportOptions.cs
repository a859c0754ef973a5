using Kevo.Core;

namespace Kevo.Storage.Kevo;

/// <summary>How a stock directory is imported.</summary>
public sealed record StockImportOptions
{
    /// <summary>The number of the first transaction; the importer counts on from it. Default 1.</summary>
    public ulong FirstSequence
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfZero(value);
            field = value;
        }
    } = 1;

    /// <summary>
    /// Whether the tables are taken as the base under the WAL. Default true: a primary may have deleted WAL files. With
    /// a complete WAL the base changes nothing in the outcome.
    /// </summary>
    public bool IncludeTables { get; init; } = true;

    /// <summary>Bytes after which the target is synced, at the next transaction's end. Default 8 MiB.</summary>
    public int SyncBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    } = 8 << 20;

    /// <summary>Hears how far it is, in bytes of log files or entries of tables; nobody when null (default).</summary>
    public IProgress<WorkProgress>? Progress { get; init; }
}
